import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { builtLanguages, builtWindows } from './built.ts';
import type { SourceFile } from './tree.ts';

/**
 * SQLite's full-text search over the same windows of lines, identifiers split into words beforehand: what another
 * inverted index takes for a ranked OR of the words. Its tables are in memory, as ours are after the first search.
 */
export class Fts5 {
  readonly rows: number;
  private readonly database: DatabaseSync;
  private readonly select: ReturnType<DatabaseSync['prepare']>;

  private constructor(database: DatabaseSync, rows: number) {
    this.database = database;
    this.rows = rows;
    this.select = database.prepare('SELECT rowid FROM windows WHERE windows MATCH ? ORDER BY rank LIMIT 10');
  }

  static async over(root: string, files: readonly SourceFile[]): Promise<Fts5> {
    const { createOutliner, languageById } = await builtLanguages();
    const { cutWindows, lineStarts } = await builtWindows();
    const outliner = await createOutliner();
    const database = new DatabaseSync(':memory:');
    database.exec(`CREATE VIRTUAL TABLE windows USING fts5(words, content='', detail=column); BEGIN`);
    const insert = database.prepare('INSERT INTO windows (words) VALUES (?)');
    let rows = 0;
    for (const { path, language } of files) {
      const text = readFileSync(join(root, path), 'utf8').replace(/^\ufeff/, '');
      const spoken = languageById(language)!;
      await outliner.prepare(spoken);
      const starts = lineStarts(text);
      const windows = cutWindows(starts, outliner.outline(spoken, text).units);
      for (let w = 0; w < windows.count; w++, rows++) {
        const end = starts[windows.endLine[w]!] ?? text.length;
        insert.run(words(`${path} ${text.slice(starts[windows.firstLine[w]!], end)}`).join(' '));
      }
    }
    database.exec("COMMIT; INSERT INTO windows(windows) VALUES ('optimize')");
    outliner.dispose();
    return new Fts5(database, rows);
  }

  /** How many of the best ten windows there are. */
  search(query: string): number {
    const terms = [...new Set(words(query))];
    if (terms.length === 0) return 0;
    return this.select.all(terms.map(term => `"${term}"`).join(' OR ')).length;
  }

  close(): void {
    this.database.close();
  }
}

function words(text: string): string[] {
  return (text.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+/g) ?? []).map(word => word.toLowerCase());
}
