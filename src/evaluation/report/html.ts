import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { QuarryError } from '../../core/errors.ts';
import type { ReportData } from '../result.ts';
import { payloadOf } from './payload.ts';

/** The same from `src/` and from `dist/`. */
const templateFile = resolve(import.meta.dirname, '../../../dist/report/report.html');

/** Where the built page has its data; `web/report/report.html` says the same. */
export const placeholder = '"quarry-report-data"';

/**
 * One file that is a report: script, style and data inside, nothing fetched. Throws QuarryError `not-found` if the
 * page was not built.
 */
export function htmlReport(reports: readonly ReportData[]): string {
  return htmlPage(reports.map(payloadOf));
}

/** The same page with other data: `web/report/main.tsx` tells them apart. Throws as `htmlReport` does. */
export function htmlPage(payload: unknown): string {
  let template: string;
  try {
    template = readFileSync(templateFile, 'utf8');
  } catch (cause) {
    throw new QuarryError('not-found', `no page for the report: ${templateFile}`, 'npm run build', { cause });
  }
  return fillPage(template, payload);
}

/** Puts the data into a built page. Throws QuarryError `format` if it has no place for them. */
export function fillTemplate(template: string, reports: readonly ReportData[]): string {
  return fillPage(template, reports.map(payloadOf));
}

function fillPage(template: string, payload: unknown): string {
  const at = template.indexOf(placeholder);
  if (at < 0)
    throw new QuarryError('format', 'the page for the report has no place for data', 'npm run build');
  // Not `replace`: data may contain `$&`.
  return template.slice(0, at) + scriptSafe(payload) + template.slice(at + placeholder.length);
}

/** JSON that no text inside can end early or be read as markup. */
function scriptSafe(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
