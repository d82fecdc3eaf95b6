import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { QuarryError } from '../../core/errors.ts';
import { htmlReport } from '../../evaluation/report/html.ts';
import { markdownReport } from '../../evaluation/report/markdown.ts';
import type { ReportData } from '../../evaluation/result.ts';
import type { Outputs } from './plan.ts';

/** Writes what was asked for and gives the files' paths. Throws QuarryError `unreadable` naming the file. */
export function writeOutputs(reports: readonly ReportData[], outputs: Outputs): string[] {
  const written: string[] = [];
  const write = (file: string | undefined, content: () => string) => {
    if (file === undefined) return;
    writeWhole(file, content());
    written.push(file);
  };
  const results = reports.map(report => report.result);
  write(
    outputs.result,
    () => `${JSON.stringify(results.length === 1 ? results[0] : { results }, null, 2)}\n`,
  );
  write(outputs.rows, () => rowsText(reports));
  write(outputs.markdown, () => markdownReport(reports));
  write(outputs.html, () => htmlReport(reports));
  return written;
}

/** One JSON line per query: its text, and each system's measures, ranks of the relevant candidates, and list. */
function rowsText(reports: readonly ReportData[]): string {
  return reports
    .flatMap(({ result, rows }) =>
      rows.map(row => `${JSON.stringify({ dataset: result.dataset, split: result.split, ...row })}\n`),
    )
    .join('');
}

/**
 * Writes a file in one step: what was there before stays until all of the new content is. Throws QuarryError
 * `unreadable` naming the file.
 */
export function writeWhole(file: string, content: string): void {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(temporary, content);
    renameSync(temporary, file);
  } catch (error) {
    try {
      rmSync(temporary, { force: true });
    } catch {
      // There may not even be a folder.
    }
    const { code } = error as NodeJS.ErrnoException;
    const hint = code === 'ENOSPC' ? 'make room, or name a file elsewhere' : 'name another file';
    throw new QuarryError('unreadable', `cannot write ${file}: ${code}`, hint, { cause: error });
  }
}
