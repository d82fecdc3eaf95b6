import { servePython } from './lib/python.ts';

await servePython('bm25s', 'bm25s PyStemmer', 'bm25s, Stemmer');
