import { expect, test } from 'vitest';
import { fillTemplate, htmlReport, placeholder } from './html.ts';
import { payloadOf } from './payload.ts';
import { madeReport, nasty } from './report.testing.ts';

const template = `<p>$&</p><script type="application/json" id="report-data">${placeholder}</script><p>end</p>`;

function dataOf(page: string): string {
  return page.slice(page.indexOf('report-data">') + 13, page.indexOf('</script><p>end'));
}

test('data go in unharmed, and cannot end their script', () => {
  const report = madeReport();
  const page = fillTemplate(template, [report]);
  expect(page.startsWith('<p>$&</p>')).toBe(true);
  expect(page.match(/<\/script/g)).toHaveLength(1);
  const data = dataOf(page);
  expect(data).not.toMatch(/[<>\u2028\u2029]/);
  expect(JSON.parse(data)).toEqual(JSON.parse(JSON.stringify([payloadOf(report)])));
  expect(JSON.parse(data)[0].rows[0].text).toBe(nasty.query);
  expect(Object.values(JSON.parse(data)[0].snippets)).toContain(nasty.snippet);
});

test('a page without a place for data is refused', () => {
  expect(() => fillTemplate('<p></p>', [])).toThrow(expect.objectContaining({ code: 'format' }));
});

test('the built page is one file that fetches nothing, and small', () => {
  const empty = htmlReport([]);
  expect(empty.length).toBeLessThan(350_000);
  const outside = empty.replace(/<(script|style)\b[\s\S]*?<\/\1>/g, '');
  expect(outside).not.toMatch(/\bsrc=|<link(?! rel="icon" href="data:,")/);
  expect(empty).toContain("default-src 'none'");
});
