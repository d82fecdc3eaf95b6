import { servePython } from './lib/python.ts';

await servePython('tantivy', 'tantivy', 'tantivy');
