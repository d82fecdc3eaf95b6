"""Windows of code in a Python search library, driven by python.ts.

Arguments: the library and the most texts to name. On stdin one JSON string a line: texts, numbered from 0, then `null`,
then queries. On stdout a line when the index is ready, then for each query the numbers of texts, best first. Indexes
are in memory.
"""

import json
import sys


def lines():
    for line in sys.stdin:
        yield json.loads(line)


def texts(source):
    for text in source:
        if text is None:
            return
        yield text


def with_bm25s(source, limit):
    import bm25s
    import Stemmer

    stemmer = Stemmer.Stemmer("english")
    corpus = list(texts(source))
    if not corpus:
        return lambda _query: []
    retriever = bm25s.BM25()
    tokens = bm25s.tokenize(corpus, stopwords="en", stemmer=stemmer, show_progress=False)
    retriever.index(tokens, show_progress=False)

    def rank(query):
        tokens = bm25s.tokenize([query], stopwords="en", stemmer=stemmer, return_ids=False, show_progress=False)
        if not tokens[0]:
            return []
        found, scores = retriever.retrieve(tokens, k=min(limit, len(corpus)), show_progress=False)
        return [int(number) for number, score in zip(found[0], scores[0]) if score > 0]

    return rank


def with_tantivy(source, limit):
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_text_field("text", stored=False, tokenizer_name="en_stem")
    builder.add_unsigned_field("number", stored=True)
    index = tantivy.Index(builder.build())
    writer = index.writer(num_threads=1)
    for number, text in enumerate(texts(source)):
        writer.add_document(tantivy.Document(text=text, number=number))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()

    def rank(query):
        parsed, _errors = index.parse_query_lenient(query, ["text"])
        hits = searcher.search(parsed, limit).hits
        return [searcher.doc(address)["number"][0] for _score, address in hits]

    return rank


def main():
    name, limit = sys.argv[1], int(sys.argv[2])
    source = lines()
    rank = {"bm25s": with_bm25s, "tantivy": with_tantivy}[name](source, limit)
    print("ready", flush=True)
    for query in source:
        print(json.dumps(rank(query)), flush=True)


main()
