import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { RunningServer } from '../../src/server/run.ts';
import type { SearchAnswer, SearchRequest, StatusAnswer } from '../../src/service/api.ts';
import { Scratch } from '../support/scratch.ts';
import { buildPage, nastyName, serve, tokensOf, tree } from '../support/search-page.ts';

/** The search page in a real Chromium, served by the real server over a small tree. */

const executable = process.env['QUARRY_CHROMIUM'] ?? '/usr/bin/chromium';
const required = process.env['QUARRY_REQUIRE_BROWSER'] === '1';
const present = existsSync(executable);
if (!present && !required)
  console.warn(
    `search-page.test.ts is skipped: no Chromium at ${executable}; QUARRY_CHROMIUM can name another one`,
  );

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const desktop = { width: 1280, height: 800 };
const phone = { width: 360, height: 740 };

/** The machine may be busy. */
const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 20_000 });

interface Opening {
  viewport?: { width: number; height: number };
  colorScheme?: 'light' | 'dark';
  /** Another server than the usual one. */
  url?: string;
}

describe.skipIf(!present && !required)('the search page', () => {
  const scratch = new Scratch(tree);
  const built = join(scratch.directory, 'page');
  let browser: Browser;
  let server: RunningServer;
  const contexts: BrowserContext[] = [];
  const troubles: string[] = [];

  beforeAll(async () => {
    await buildPage(built);
    server = await serve(scratch, { page: built });
    browser = await chromium.launch({
      executablePath: executable,
      args: ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking'],
    });
  });

  afterEach(async () => {
    await Promise.all(contexts.splice(0).map(context => context.close()));
    expect(troubles.splice(0)).toEqual([]);
  });

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    scratch[Symbol.dispose]();
  });

  async function blank({ viewport = desktop, colorScheme = 'light', url = server.url }: Opening = {}) {
    const context = await browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce' });
    contexts.push(context);
    const page = await context.newPage();
    page.on('console', message => {
      // A refused request is one of the things that are tested; a breach of the policy is not.
      if (message.text().startsWith('Failed to load resource')) return;
      if (message.type() === 'error' || message.type() === 'warning') troubles.push(message.text());
    });
    page.on('pageerror', error => troubles.push(String(error)));
    page.on('request', request => {
      if (!request.url().startsWith(url)) troubles.push(`asked for ${request.url()}`);
    });
    return page;
  }

  async function open(query = '', opening: Opening = {}): Promise<Page> {
    const page = await blank(opening);
    await page.goto(`${opening.url ?? server.url}/${query}`);
    return page;
  }

  const boxOf = (page: Page) => page.getByRole('searchbox', { name: 'Search code' });
  const hitsOf = (page: Page) => page.locator('.hit-link');

  test('shows results as one types, the query is the address and the title', async () => {
    const page = await open();
    await boxOf(page).pressSequentially('retry with backoff', { delay: 20 });
    await eventually(() => hitsOf(page).first().textContent()).toContain('src/retry.py:');
    const first = page.locator('.hit').first();
    expect(await first.locator('mark').allTextContents()).toContain('backoff');
    expect(await first.locator('.number').first().textContent()).toMatch(/^\d+$/);
    expect(await first.locator('code span[class^="k"]').count()).toBeGreaterThan(0);
    await eventually(() => page.url()).toContain('?q=retry+with+backoff');
    expect(await page.title()).toBe('retry with backoff – Quarry');
    await eventually(() => page.getByRole('status').textContent()).toMatch(/files? found/);
  });

  test('keeps the last results until the next are there, and never shows an older answer later', async () => {
    const page = await blank();
    const held: Array<() => void> = [];
    await page.route('**/v1/search', async route => {
      const { query } = route.request().postDataJSON() as { query: string };
      if (query === 'evict') await new Promise<void>(resolve => held.push(resolve));
      await route.continue().catch(() => undefined);
    });
    await page.goto(`${server.url}/?q=area`);
    await eventually(() => hitsOf(page).first().textContent()).toContain('shapes.go');
    await boxOf(page).fill('evict');
    await eventually(() => held.length).toBe(1);
    expect(await hitsOf(page).first().textContent()).toContain('shapes.go');
    await boxOf(page).fill('retry');
    await eventually(() => hitsOf(page).first().textContent()).toContain('retry.py');
    for (const release of held) release();
    await page.waitForTimeout(300);
    expect(await hitsOf(page).first().textContent()).toContain('retry.py');
    await boxOf(page).fill('');
    await page.getByRole('heading', { name: 'Find code by what it does' }).waitFor();
    expect(await hitsOf(page).count()).toBe(0);
  });

  test('chips show, add and remove operators of the query', async () => {
    const page = await open('?q=retry+backoff');
    await page.getByRole('button', { name: 'go', exact: true }).click();
    expect(await boxOf(page).inputValue()).toBe('retry backoff lang:go');
    await eventually(() => hitsOf(page).allTextContents()).toEqual([
      expect.stringContaining('backoff.go'),
      expect.stringContaining('shapes.go'),
    ]);
    await page.getByRole('button', { name: 'python', exact: true }).click();
    expect(await boxOf(page).inputValue()).toBe('retry backoff lang:go,python');
    await page.getByRole('button', { name: 'Remove lang:go,python' }).click();
    expect(await boxOf(page).inputValue()).toBe('retry backoff');
    await page.getByRole('button', { name: 'without tests' }).click();
    expect(await boxOf(page).inputValue()).toBe('retry backoff -is:test');
    await eventually(async () => (await hitsOf(page).allTextContents()).join(' ')).not.toContain(
      'test_retry',
    );
    await page.goBack();
    expect(await boxOf(page).inputValue()).toBe('retry backoff');
  });

  test('a session with nothing but the keyboard', async () => {
    const page = await open();
    const focused = () => page.locator(':focus');
    await page.keyboard.type('retry with backoff');
    await page.keyboard.press('Enter');
    await eventually(() => focused().getAttribute('class')).toBe('hit-link');
    const first = await focused().textContent();
    await page.keyboard.press('j');
    expect(await focused().textContent()).not.toBe(first);
    await page.keyboard.press('k');
    expect(await focused().textContent()).toBe(first);
    await page.keyboard.press('w');
    await page.getByRole('region', { name: /^Why this result/ }).waitFor();
    await page.keyboard.press('Enter');
    const text = page.getByRole('region', { name: /^Text of src\/retry\.py/ });
    await text.waitFor();
    await eventually(() => focused().getAttribute('class')).toBe('code');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Shift+ArrowDown');
    const line = Number(/:(\d+)/.exec(first!)![1]);
    await eventually(() => page.url()).toContain(`lines=${line + 1}-${line + 2}`);
    await page.keyboard.press(']');
    await page.keyboard.press('u');
    await page.getByRole('tab', { name: 'Uses', selected: true }).waitFor();
    await page.keyboard.press('Escape');
    await text.waitFor({ state: 'detached' });
    expect(await focused().textContent()).toBe(first);
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor({ state: 'detached' });
    await page.keyboard.press('/');
    await eventually(() => focused().getAttribute('type')).toBe('search');
  });

  test('an address leads to the same view, back and forth', async () => {
    const page = await open('?q=retry+with+backoff');
    await hitsOf(page).first().click();
    await page.getByRole('tab', { name: 'Outline' }).waitFor();
    const url = page.url();
    expect(url).toMatch(/file=src\/retry\.py&lines=\d+-\d+$/);
    expect(await page.title()).toMatch(/^retry\.py:\d+-\d+ – Quarry$/);

    const other = await open(url.slice(server.url.length + 1));
    await other.getByRole('heading', { name: /^src\/retry\.py:/, level: 2 }).waitFor();
    await eventually(() => hitsOf(other).first().getAttribute('aria-current')).toBe('true');
    expect(await boxOf(other).inputValue()).toBe('retry with backoff');

    await page.goBack();
    await page.getByRole('tab', { name: 'Outline' }).waitFor({ state: 'detached' });
    expect(await hitsOf(page).count()).toBeGreaterThan(0);
    await page.goForward();
    await page.getByRole('tab', { name: 'Outline' }).waitFor();
    expect(page.url()).toBe(url);
  });

  test('a file with its outline, related code and uses', async () => {
    const page = await open('?file=src/retry.py&lines=9-16');
    const outline = page.locator('.outline a');
    expect(await outline.locator('.name').allTextContents()).toEqual([
      'Retrier',
      'retry',
      'reset',
      'retry_all',
    ]);
    expect(await page.locator('.outline a[aria-current]').textContent()).toContain('retry');
    await eventually(() => page.locator('.block code span[class^="k"]').count()).toBeGreaterThan(10);
    expect(await page.locator('.band').boundingBox()).toMatchObject({ height: 160 });
    await outline.filter({ hasText: 'retry_all' }).click();
    expect(page.url()).toContain('lines=23-25');
    await page.getByRole('tab', { name: 'Related' }).click();
    await eventually(() => page.locator('.places a').count()).toBeGreaterThan(0);
    expect((await page.locator('.places .path').allTextContents()).join(' ')).not.toContain('src/retry.py');
    await outline.waitFor({ state: 'detached' });
    await page.getByRole('tab', { name: 'Outline' }).click();
    await outline.filter({ hasText: 'Retrier' }).click();
    await page.getByRole('tab', { name: 'Uses' }).click();
    await page.locator('.places a').filter({ hasText: 'tests/test_retry.py' }).first().click();
    await page.getByRole('heading', { name: /^tests\/test_retry\.py/, level: 2 }).waitFor();
    await page.getByRole('button', { name: 'Close the file' }).click();
    await page.getByRole('heading', { name: /^tests/ }).waitFor({ state: 'detached' });
  });

  test('a file of 20,000 lines is drawn in part, and wholly there for a search of the browser', async () => {
    const page = await open('?file=src/long.py&lines=15001-15002');
    await eventually(() => page.locator('.block').count()).toBe(100);
    await eventually(() => page.locator('.block code span[class^="k"]').count()).toBeGreaterThan(100);
    expect(await page.locator('.block code span').count()).toBeLessThan(20_000);
    const band = (await page.locator('.band').boundingBox())!;
    expect(band.y).toBeGreaterThan(0);
    expect(band.y).toBeLessThan(desktop.height);
    expect(await page.locator('.block code').last().textContent()).toContain('def step_4999(value)');
  });

  test('why a result is where it is: every signal, and they make the score', async () => {
    const page = await open('?q=retry+with+backoff');
    await page.locator('.why-button').first().click();
    const why = page.locator('.why');
    const values = await why.locator('dd .amount').allTextContents();
    expect(values.length).toBeGreaterThan(2);
    const sum = values.reduce((total, value) => total + Number(value), 0);
    const score = Number(await why.locator('.sum b').first().textContent());
    expect(Math.abs(sum - score)).toBeLessThan(0.05);
    expect(await why.locator('h4').allTextContents()).toContainEqual(expect.stringContaining('Words'));
  });

  test('re-ranking is asked for with a switch, and is part of the address', async () => {
    const page = await blank();
    const asked: unknown[] = [];
    await page.route('**/v1/search', async route => {
      const body = route.request().postDataJSON() as SearchRequest;
      asked.push(body.rerank);
      // No re-ranker here: the server would refuse.
      await route.continue({ postData: JSON.stringify({ ...body, rerank: 0 }) });
    });
    await page.goto(`${server.url}/?q=retry`);
    await hitsOf(page).first().waitFor();
    await page.getByRole('switch', { name: 'Re-rank' }).check();
    await eventually(() => asked).toEqual([0, 20]);
    expect(page.url()).toContain('rerank=1');
    await page.reload();
    await eventually(() => asked).toEqual([0, 20, 20]);
  });

  test('a mistake in the query is shown at its column, with what to do', async () => {
    const page = await open('?q=retry');
    await hitsOf(page).first().waitFor();
    await boxOf(page).fill('retry lnag:go');
    const alert = page.getByRole('alert');
    await alert.waitFor();
    const [text, caret] = (await alert.locator('pre').textContent())!.split('\n') as [string, string];
    expect(text).toBe('retry lnag:go');
    expect(caret).toBe(`${' '.repeat(6)}^`);
    expect(await alert.textContent()).toMatch(/lnag.*lang/);
    expect(await hitsOf(page).count()).toBeGreaterThan(0);
    await boxOf(page).fill('retry lang:go');
    await alert.waitFor({ state: 'detached' });
  });

  test('more results come by themselves or at a press, none twice', async () => {
    const page = await open('?q=widget+worker');
    await hitsOf(page).first().waitFor();
    const more = page.getByRole('button', { name: 'More results' });
    await eventually(async () => {
      if (await more.isVisible()) await more.scrollIntoViewIfNeeded({ timeout: 500 }).catch(() => undefined);
      return hitsOf(page).count();
    }).toBeGreaterThanOrEqual(30);
    const paths = await page.locator('.hit-link .path').allTextContents();
    expect(new Set(paths).size).toBe(paths.length);
  });

  test('markup in names and code is text', async () => {
    const page = await open('?q=inject+markup');
    await eventually(() => hitsOf(page).first().textContent()).toContain(nastyName);
    await hitsOf(page).first().click();
    await page.getByRole('heading', { name: new RegExp(`^src/${nastyName}`), level: 2 }).waitFor();
    await eventually(() => page.locator('.block').textContent()).toContain('<script>window.hacked=3');
    expect(await page.evaluate('window.hacked')).toBeUndefined();
    expect(await page.locator('img, script:not([src])').count()).toBe(0);
  });

  test('states that are rare are said: stale, unsure, repository, relevance, notes', async () => {
    const page = await blank();
    await page.route('**/v1/search', async route => {
      const response = await route.fetch();
      const answer = (await response.json()) as SearchAnswer;
      const first = answer.hits[0]!;
      first.stale = true;
      first.relevance = 0.83;
      first.repository = { name: 'api', revision: 'v2.1' };
      await route.fulfill({
        response,
        json: {
          ...answer,
          confidence: 'none',
          notes: ['two files were left out'],
          unknownWords: ['frobnicate'],
          rerank: { used: true, candidates: 20, tookMs: 23 },
        },
      });
    });
    await page.goto(`${server.url}/?q=retry`);
    const first = page.locator('.hit').first();
    await first.waitFor();
    expect(await first.locator('.facts').textContent()).toMatch(/api@v2\.1.*83 % relevant.*changed since/);
    const summary = await page.locator('.summary').textContent();
    expect(summary).toContain('Nothing here seems to answer this; the closest:');
    expect(summary).toContain('two files were left out');
    expect(summary).toContain('frobnicate');
    expect(summary).toContain('Re-ranked 20 places in 23 ms.');
  });

  test('the status has coverage; while indexing it says how far it is', async () => {
    const page = await blank();
    let isIndexing = true;
    await page.route('**/v1/status', async route => {
      const response = await route.fetch();
      const answer = (await response.json()) as StatusAnswer;
      if (isIndexing) {
        answer.index = { ...answer.index, state: 'indexing', progress: 0.43 };
        answer.update = { phase: 'extract', done: 43, total: 100, etaMs: 5000, queued: 0 };
      }
      answer.skipped = { count: 3, reasons: { binary: 3 }, files: [{ path: 'a.bin', reason: 'binary' }] };
      await route.fulfill({ response, json: answer });
    });
    await page.goto(`${server.url}/?q=retry`);
    await page.getByText('Still indexing.').waitFor();
    await page.getByRole('button', { name: /Indexing 43 %/ }).click();
    const dialog = page.getByRole('dialog', { name: 'Index status' });
    expect(await dialog.textContent()).toMatch(/Reading files: 43 of 100 \(43 %\)/);
    isIndexing = false;
    await eventually(() => dialog.textContent()).toContain('Ready.');
    expect(await dialog.textContent()).toMatch(/3 files skipped.*binary 3/);
    await dialog.getByText('The first 1 of them').click();
    await dialog.getByText('a.bin').waitFor();
  });

  test('an empty index says so, and what to do', async () => {
    const empty = new Scratch();
    const other = await serve(empty, { page: built });
    try {
      const page = await open('', { url: other.url });
      await page.getByRole('heading', { name: 'Nothing is indexed yet' }).waitFor();
      await page.getByRole('button', { name: /Empty index/ }).waitFor();
      await boxOf(page).fill('anything');
      await page.getByText('Nothing is indexed yet.').waitFor();
    } finally {
      await other.stop();
      empty[Symbol.dispose]();
    }
  });

  test('a server that is gone is said, and tried again', async () => {
    const page = await open('?q=retry');
    await hitsOf(page).first().waitFor();
    await page.route('**/v1/search', route => route.abort());
    await boxOf(page).fill('retry backoff');
    await page.getByText('The server does not answer.').waitFor();
    await page.unroute('**/v1/search');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('alert').waitFor({ state: 'detached' });
    expect(await hitsOf(page).count()).toBeGreaterThan(0);
  });

  test('a token is asked for once, and kept in the tab', async () => {
    const closed = new Scratch({ 'retry.py': tree['src/retry.py']! });
    const { token } = tokensOf(closed).create('page', ['read']);
    const other = await serve(closed, { page: built, needsToken: true });
    try {
      const page = await open('?q=retry', { url: other.url });
      const dialog = page.getByRole('dialog', { name: 'This server wants a token' });
      await dialog.getByLabel('Token').fill('qry_wrong');
      await dialog.getByRole('button', { name: 'Continue' }).click();
      await dialog.getByText('did not accept').waitFor();
      await dialog.getByLabel('Token').fill(token);
      await dialog.getByRole('button', { name: 'Continue' }).click();
      await hitsOf(page).first().waitFor();
      await dialog.waitFor({ state: 'detached' });
      await page.reload();
      await hitsOf(page).first().waitFor();
      expect(await dialog.count()).toBe(0);
      expect(page.url()).not.toContain(token);
    } finally {
      await other.stop();
      closed[Symbol.dispose]();
    }
  });

  test('a chosen theme is kept', async () => {
    const page = await open();
    const ground = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const light = await ground();
    await page.getByRole('button', { name: /^Theme: auto/ }).click();
    await page.getByRole('button', { name: /^Theme: light/ }).click();
    await eventually(ground).not.toBe(light);
    await page.reload();
    await page.getByRole('button', { name: /^Theme: dark/ }).waitFor();
    expect(await ground()).not.toBe(light);
  });

  test.each([
    ['start', '', async () => undefined],
    [
      'results',
      '?q=retry+with+backoff+lang:python+-is:test',
      async (page: Page) => {
        await page.locator('.why-button').first().click();
        await page.locator('.more-places-button').first().click();
      },
    ],
    [
      'file',
      '?q=retry&file=src/retry.py&lines=9-16',
      async (page: Page) => page.locator('.block code span').first().waitFor(),
    ],
    ['error', '?q=retry+lnag:go', async (page: Page) => page.getByRole('alert').waitFor()],
    ['status', '', async (page: Page) => page.getByRole('button', { name: /^Index status/ }).click()],
    ['keys', '', async (page: Page) => page.keyboard.press('Escape').then(() => page.keyboard.press('?'))],
  ] as const)('axe finds nothing, and it fits: %s', async (_, query, act) => {
    for (const [colorScheme, viewport] of [
      ['light', desktop],
      ['dark', phone],
    ] as const) {
      const page = await open(query, { colorScheme, viewport });
      await page.getByRole('button', { name: /units$/ }).waitFor();
      await act(page);
      await page.evaluate(axe);
      const found = (await page.evaluate(
        `axe.run(document, { resultTypes: ['violations'] }).then(found => found.violations.flatMap(one =>
            one.nodes.map(node => one.id + ' ' + node.target.join(' ') + ': ' + node.failureSummary)))`,
      )) as string[];
      expect(found, `${colorScheme} ${viewport.width}`).toEqual([]);
      const width = await page.evaluate('document.documentElement.scrollWidth');
      expect(width, `${colorScheme} ${viewport.width}`).toBeLessThanOrEqual(viewport.width);
    }
  });
});
