import { mkdirSync, writeFileSync } from 'node:fs';
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
    try {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content());
    } catch (error) {
      if (error instanceof QuarryError) throw error;
      const { code } = error as NodeJS.ErrnoException;
      throw new QuarryError('unreadable', `cannot write ${file}: ${code}`, 'name another file', {
        cause: error,
      });
    }
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
