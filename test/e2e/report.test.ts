import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inflateSync } from 'node:zlib';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { htmlReport } from '../../src/evaluation/report/html.ts';
import { madeClassification, madeReport } from '../../src/evaluation/report/report.testing.ts';

/** Opens reports in a real Chromium, as a reader would: from a file, without a network. */

const executable = process.env['QUARRY_CHROMIUM'] ?? '/usr/bin/chromium';
const required = process.env['QUARRY_REQUIRE_BROWSER'] === '1';
const present = existsSync(executable);
if (!present && !required) {
  console.warn(
    `report.test.ts is skipped: no Chromium at ${executable}; QUARRY_CHROMIUM can name another one`,
  );
}

const scratch = mkdtempSync(join(tmpdir(), 'quarry-report-'));
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const desktop = { width: 1280, height: 900 };
const phone = { width: 390, height: 844 };

interface Opening {
  viewport?: { width: number; height: number };
  colorScheme?: 'light' | 'dark';
  hash?: string;
}

describe.skipIf(!present && !required)('the page of a report', () => {
  let browser: Browser;
  const contexts: BrowserContext[] = [];
  const troubles: string[] = [];

  beforeAll(async () => {
    writeFileSync(join(scratch, 'one.html'), htmlReport([madeReport()]));
    const several = [
      madeReport({ queries: 900, systems: ['bm25', 'grep', 'splade', 'hybrid', 'quarry'] }),
      madeReport({
        dataset: 'many-parts',
        title: 'Many parts',
        languages: Array.from({ length: 30 }, (_, i) => `repository-${i + 1}`),
      }),
      madeClassification(),
    ];
    writeFileSync(join(scratch, 'several.html'), htmlReport(several));
    browser = await chromium.launch({
      executablePath: executable,
      args: [
        '--no-sandbox',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
  });

  afterEach(async () => {
    await Promise.all(contexts.splice(0).map(context => context.close()));
    expect(troubles.splice(0)).toEqual([]);
  });

  afterAll(async () => {
    await browser?.close();
    rmSync(scratch, { recursive: true, force: true });
  });

  async function open(file: string, { viewport = desktop, colorScheme = 'light', hash = '' }: Opening = {}) {
    const context = await browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce' });
    contexts.push(context);
    const page = await context.newPage();
    const url = pathToFileURL(join(scratch, file)).href;
    page.on('console', message => {
      if (message.type() === 'error' || message.type() === 'warning') troubles.push(message.text());
    });
    page.on('pageerror', error => troubles.push(String(error)));
    page.on('request', request => {
      if (request.url() !== url && !request.url().startsWith('data:'))
        troubles.push(`asked for ${request.url()}`);
    });
    await page.goto(url + hash);
    await page.waitForSelector('main h1');
    return page;
  }

  /** Lets the page draw what events so far have changed. */
  const drawn = (page: Page) =>
    page.evaluate(async () => {
      for (let i = 0; i < 3; i++) {
        await new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve)));
      }
    });

  const fits = async (page: Page) => {
    await drawn(page);
    return page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth);
  };

  test('draws every plot with marks that can be seen', async () => {
    const page = await open('one.html');
    await page.waitForFunction(() => document.querySelectorAll('figure .plot > svg').length === 6);
    const plots = await page.evaluate(() =>
      [...document.querySelectorAll('figure')].map(figure => ({
        title: figure.querySelector('h3')!.textContent,
        label: figure.querySelector('svg[role="img"]')?.getAttribute('aria-label') ?? '',
        marks: [...figure.querySelectorAll('.plot svg :is(path, circle, rect, line)')].filter(mark => {
          const { width, height } = mark.getBoundingClientRect();
          return width > 0 || height > 0;
        }).length,
        colours: new Set(
          [...figure.querySelectorAll('.plot svg [fill^="var(--s"], .plot svg [stroke^="var(--s"]')].map(
            mark => mark.getAttribute('fill') ?? mark.getAttribute('stroke'),
          ),
        ).size,
      })),
    );
    expect(plots.map(plot => plot.title)).toEqual([
      'Measures with 95 % intervals',
      'Quality against latency: ndcg@10',
      'Recall against k',
      'By language: ndcg@10',
      'By category: ndcg@10',
      'Every query against bm25: ndcg@10',
    ]);
    for (const plot of plots) {
      expect(plot.label, plot.title).not.toBe('');
      expect(plot.marks, plot.title).toBeGreaterThan(5);
      expect(plot.colours, plot.title).toBeGreaterThanOrEqual(2);
    }
  });

  test('texts from data stay texts', async () => {
    const page = await open('one.html', { hash: '#q=go%2Fq0' });
    expect(await page.locator('#query-title').textContent()).toContain('</script><img src=x onerror=');
    await page.locator('.wanted summary').first().click();
    expect(await page.locator('.wanted pre').first().textContent()).toContain('<!--<script>');
    expect(await page.evaluate(() => 'hacked' in window)).toBe(false);
    expect(await page.locator('main img, main script').count()).toBe(0);
  });

  test('the table sorts, and says so', async () => {
    const page = await open('one.html');
    const first = page.locator('#results table.main tbody th').first();
    const leads = (name: string) => expect.poll(() => first.textContent()).toContain(name);
    await leads('bm25');
    await page.getByRole('button', { name: 'ndcg@10' }).click();
    await leads('quarry');
    const head = page.getByRole('columnheader', { name: 'ndcg@10' }).first();
    expect(await head.getAttribute('aria-sort')).toBe('descending');
    await page.getByRole('button', { name: 'ndcg@10' }).click();
    await leads('bm25');
    // Not measured comes last, whichever way.
    const memory = page.getByRole('button', { name: 'Memory' });
    const last = page.locator('#results table.main tbody th').last();
    for (const first of ['bm25', 'quarry']) {
      await memory.click();
      await leads(first);
      expect(await last.textContent()).toContain('splade');
    }
  });

  test('systems can be hidden from the plots', async () => {
    const page = await open('one.html');
    const recall = page.locator('figure', { hasText: 'Recall against k' });
    await recall.locator('svg').waitFor();
    const dots = () => recall.locator('svg [fill="var(--s1)"]').count();
    expect(await dots()).toBeGreaterThan(0);
    await page.getByRole('button', { name: 'splade', exact: true }).click();
    await expect.poll(dots).toBe(0);
  });

  test('queries are filtered by text, slice, failure and difference', async () => {
    const page = await open('one.html');
    const count = async () => Number.parseInt((await page.getByRole('status').textContent()) ?? '', 10);
    // Every change is seen a moment after it was made.
    const settled = (check: (count: number) => boolean) => expect.poll(count).toSatisfy(check);
    await settled(all => all === 120);
    await page.getByLabel('Text').fill('socket');
    await settled(some => some > 0 && some < 120);
    for (const text of await page.locator('.words').allTextContents()) expect(text).toContain('socket');
    await page.getByLabel('Text').fill('');
    await page.getByLabel('Slice').selectOption('language=java');
    await settled(some => some === 40);
    await page.getByLabel('Slice').selectOption('');
    await settled(all => all === 120);
    await page.getByLabel('Failed only').check();
    await settled(some => some < 120);
    const failed = await count();
    await page.getByLabel('A query failed if').fill('0.1');
    await page.keyboard.press('Tab');
    await settled(some => some < failed);
    await page.getByLabel('Failed only').uncheck();
    await settled(all => all === 120);
    await page.getByLabel('Worse than bm25').check();
    await settled(some => some > 0 && some < 120);
    for (const text of await page.locator('.queries .change').allTextContents()) expect(text).toMatch(/^−/);
    await page.getByLabel('Text').fill('nothing says this');
    await expect.poll(() => page.locator('.detail').textContent()).toContain('No query passes the filters');
  });

  test('queries are paged and sorted by difference, and the keyboard walks through them', async () => {
    const page = await open('one.html', { hash: '#sort=up' });
    const values = (await page.locator('.queries .change').allTextContents()).map(text =>
      Number(text.replace('−', '-')),
    );
    expect(values).toHaveLength(50);
    expect(values).toEqual(values.toSorted((a, b) => b - a));
    await page.getByRole('button', { name: 'Next' }).click();
    await expect.poll(() => page.locator('.pages span').textContent()).toBe('2 of 3');
    await page.locator('.queries a').first().focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    const second = await page.locator('.queries .words').nth(1).textContent();
    await expect.poll(() => page.locator('#query-title').textContent()).toBe(second);
  });

  test('a query shows what was wanted, what came, and what decided', async () => {
    const page = await open('one.html', { hash: '#sort=order' });
    const links = page.locator('.queries ol a');
    const decided = page.locator('.side').first().locator('.signals.both');
    for (let i = 0; i < 50 && (await decided.count()) === 0; i++) {
      await links.nth(i).click();
      await page.locator(`.queries li:nth-child(${i + 1}) [aria-current]`).waitFor();
    }
    expect(await decided.locator('dt').allTextContents()).toEqual(expect.arrayContaining(['text', 'path']));
    expect(await page.locator('.side').count()).toBe(2);
    expect(await page.locator('.side').first().locator('.returned > li').count()).toBe(10);
    expect(await page.locator('.side').first().locator('.grade').first().textContent()).toContain('✓');
    expect(await page.locator('.wanted tbody tr').count()).toBeGreaterThan(0);
  });

  test('the waterfall says which query, by mouse and keyboard, and leads to it', async () => {
    const page = await open('several.html', { hash: '#data=made-up' });
    const slider = page.getByRole('slider');
    await slider.scrollIntoViewIfNeeded();
    await slider.locator('svg').waitFor();
    await slider.hover({ position: { x: 200, y: 60 } });
    await expect.poll(() => page.locator('.hover').textContent()).toMatch(/^\+/);
    await slider.focus();
    const stands = (at: string) => expect.poll(() => slider.getAttribute('aria-valuenow')).toBe(at);
    await page.keyboard.press('Home');
    await stands('1');
    await page.keyboard.press('ArrowRight');
    await stands('2');
    await page.keyboard.press('End');
    await stands('900');
    const text = await slider.getAttribute('aria-valuetext');
    await page.keyboard.press('Enter');
    await expect
      .poll(() => page.locator('#query-title').textContent())
      .toSatisfy(title => text!.endsWith(title));
    expect(page.url()).toContain('q=');
  });

  test('a link leads to the same view, and back goes back', async () => {
    const page = await open('several.html', { hash: '#data=made-up&a=splade&b=quarry&q=java%2Fq1&m=mrr' });
    expect(await page.locator('h1').textContent()).toBe('Made-up questions');
    expect(await page.locator('.chips').textContent()).toContain('q1');
    expect(await page.locator('.side h4').allTextContents()).toEqual([
      expect.stringContaining('splade'),
      expect.stringContaining('quarry'),
    ]);
    expect(await page.locator('.legend select').inputValue()).toBe('mrr');
    await page.getByRole('link', { name: 'made-pairs' }).click();
    await expect.poll(() => page.locator('h1').textContent()).toBe('Made-up pairs');
    await page.goBack();
    await expect.poll(() => page.locator('.chips').textContent()).toContain('q1');
    await page.getByRole('navigation', { name: 'Data sets' }).getByText('All data sets').click();
    await expect.poll(() => page.locator('table.main tbody tr').count()).toBe(5);
  });

  test('it says how many queries it carries, and draws all of them', async () => {
    const page = await open('several.html', { hash: '#data=made-up' });
    expect(await page.locator('#queries > p').first().textContent()).toContain('400 of 900 queries');
    expect(await page.getByRole('slider').getAttribute('aria-valuemax')).toBe('900');
    expect(await page.locator('.facts').textContent()).toContain('1,000 candidates');
  });

  test('classification shows rules and thresholds', async () => {
    const page = await open('several.html', { hash: '#data=made-pairs' });
    const figure = page.locator('figure', { hasText: 'By rule of the threshold' });
    await figure.locator('svg').waitFor();
    await figure.getByText('Numbers').click();
    await expect.poll(() => figure.locator('tbody tr').count()).toBe(9);
    expect(await page.locator('#queries').count()).toBe(0);
  });

  test('light and dark follow the system, and the choice', async () => {
    const ground = (page: Page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const page = await open('one.html', { colorScheme: 'dark' });
    const dark = await ground(page);
    await page.getByText('Light', { exact: true }).click();
    await expect.poll(() => ground(page)).not.toBe(dark);
    await page.getByText('Dark', { exact: true }).click();
    await expect.poll(() => ground(page)).toBe(dark);
  });

  test.each(['#', '#data=made-up', '#data=many-parts', '#data=made-pairs'])(
    'a phone scrolls down only: %s',
    async hash => {
      const page = await open('several.html', { viewport: phone, hash });
      expect(await fits(page)).toBe(true);
      for (const summary of await page.locator('main summary:visible').all()) await summary.click();
      expect(await fits(page)).toBe(true);
      await page.setViewportSize({ width: 320, height: 640 });
      expect(await fits(page)).toBe(true);
    },
  );

  test.each([
    ['light', 'one.html', '', desktop],
    ['dark', 'one.html', '', desktop],
    ['light', 'several.html', '#', desktop],
    ['light', 'several.html', '#data=made-up', phone],
    ['dark', 'several.html', '#data=many-parts', desktop],
    ['light', 'several.html', '#data=made-pairs', desktop],
  ] as const)('axe finds nothing: %s, %s%s', async (colorScheme, file, hash, viewport) => {
    const page = await open(file, { colorScheme, hash, viewport });
    for (const summary of await page.locator('main summary:visible').all()) await summary.click();
    await drawn(page);
    await page.evaluate(axe);
    const violations = await page.evaluate(async () => {
      const { axe } = window as unknown as { axe: typeof import('axe-core') };
      const found = await axe.run(document, { resultTypes: ['violations'] });
      return found.violations.map(one => `${one.id}: ${one.nodes.map(node => node.html).join(' | ')}`);
    });
    expect(violations).toEqual([]);
  });

  test.each([
    ['light', desktop],
    ['dark', desktop],
    ['light', phone],
  ] as const)('a picture of it is not blank: %s', async (colorScheme, viewport) => {
    const page = await open('one.html', { colorScheme, viewport });
    await page.waitForFunction(() => document.querySelectorAll('figure .plot > svg').length === 6);
    const picture = await page.screenshot({ path: join(scratch, `${colorScheme}-${viewport.width}.png`) });
    expect(coloursOf(picture)).toBeGreaterThan(50);
  });
});

/** Different colours of a PNG of 8 bits per channel, counted on every row's bytes before prediction is undone. */
function coloursOf(png: Buffer): number {
  const parts: Buffer[] = [];
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') parts.push(png.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  const pixels = inflateSync(Buffer.concat(parts));
  const seen = new Set<number>();
  for (let at = 0; at + 3 < pixels.length; at += 3) seen.add(pixels.readUIntBE(at, 3));
  return seen.size;
}
