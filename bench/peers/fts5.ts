import { DatabaseSync } from 'node:sqlite';
import { type Found, longest, onePerFile, servePeer } from './lib/peer.ts';
import { feedOf, windowsBelow, wordsOf } from './lib/windows.ts';

/** SQLite's FTS5 and its `bm25()`: any of the words, with the Porter stemmer. A file counts as its best window. */
await servePeer('fts5', directory => {
  const feed = feedOf();
  const database = new DatabaseSync(':memory:');
  database.exec(
    "CREATE VIRTUAL TABLE windows USING fts5(text, content='', tokenize='porter unicode61'); BEGIN",
  );
  const insert = database.prepare('INSERT INTO windows (rowid, text) VALUES (?, ?)');
  const places: Found[] = [];
  for (const { text, ...place } of windowsBelow(directory, feed)) {
    insert.run(places.length, text);
    places.push(place);
  }
  database.exec("COMMIT; INSERT INTO windows (windows) VALUES ('optimize')");
  const select = database.prepare(
    `SELECT rowid FROM windows WHERE windows MATCH ? ORDER BY rank, rowid LIMIT ${longest * 10}`,
  );
  return {
    size: `${places.length} windows`,
    rank(query) {
      const words = feed.plain ? (query.match(/[\p{L}\p{N}_]+/gu) ?? []) : wordsOf(query);
      if (words.length === 0) return [];
      const rows = select.all([...new Set(words)].map(word => `"${word}"`).join(' OR '));
      return onePerFile(rows.map(({ rowid }) => places[Number(rowid)]!));
    },
    close: () => database.close(),
  };
});
