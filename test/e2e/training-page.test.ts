import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recipeById } from '../../src/training/recipes.ts';
import { type ReportRun, trainingReport } from '../../src/training/report.ts';

/** Opens the page about runs of training in a real Chromium, from a file. */

const executable = process.env['QUARRY_CHROMIUM'] ?? '/usr/bin/chromium';
const required = process.env['QUARRY_REQUIRE_BROWSER'] === '1';
const scratch = mkdtempSync(join(tmpdir(), 'quarry-training-page-'));
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** A run of 3000 steps whose loss falls, with a best validation that is not the last. */
function madeRun(name: string, dims: number): ReportRun {
  const step = Array.from({ length: 150 }, (_, i) => 20 * (i + 1));
  const seconds = step.map(at => at / 10);
  const scores = [0.31, 0.42, 0.47, 0.45];
  return {
    name,
    recipe: { ...recipeById('static'), dims },
    seed: 1,
    threads: 2,
    device: 'cpu',
    counts: { 'corpus doc': 12_000, 'corpus test': 800, 'a kind with <b>markup</b>': 4 },
    examples: 12_800,
    parameters: 16_384 * dims,
    planned: 4000,
    made: 3000,
    state: 'aborted',
    seconds: 300,
    steps: {
      step,
      epoch: step.map(at => at / 1000),
      seconds,
      loss: step.map(at => 4 / Math.sqrt(at)),
      rate: step.map(at => 2e-3 * (1 - at / 4000)),
      pairsPerSecond: step.map(at => 4000 + 500 * Math.sin(at)),
      gradientNorm: step.map(() => 1),
    },
    validations: scores.map((score, i) => ({
      step: 700 * (i + 1),
      epoch: 0.7 * (i + 1),
      seconds: 70 * (i + 1),
      score,
      pools: ['corpus go', 'cosqa dev'].map((pool, j) => ({
        name: pool,
        queries: 500,
        units: 1000,
        mrr: score + 0.1 * j,
        positive: 0.5,
        negative: 0.02,
      })),
    })),
    best: 2,
  };
}

describe.skipIf(!existsSync(executable) && !required)('the page about training', () => {
  let browser: Browser;
  const troubles: string[] = [];

  beforeAll(async () => {
    writeFileSync(join(scratch, 'one.html'), trainingReport([madeRun('first', 256)]));
    const runs = [madeRun('first', 256), madeRun('second', 512), madeRun('second', 512)];
    writeFileSync(join(scratch, 'three.html'), trainingReport(runs));
    browser = await chromium.launch({
      executablePath: executable,
      args: ['--no-sandbox', '--disable-background-networking', '--disable-component-update'],
    });
  });

  afterAll(async () => {
    await browser?.close();
    rmSync(scratch, { recursive: true, force: true });
  });

  async function open(file: string, width: number, colorScheme: 'light' | 'dark'): Promise<Page> {
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    page.on('pageerror', error => troubles.push(error.message));
    page.on('request', request => {
      if (!/^(?:file|data):/.test(request.url())) troubles.push(`fetched ${request.url()}`);
    });
    await page.goto(pathToFileURL(join(scratch, file)).href);
    await page.waitForSelector('figure svg');
    return page;
  }

  test.each([
    ['one.html', 1280, 'light'],
    ['three.html', 1280, 'dark'],
    ['three.html', 390, 'light'],
  ] as const)(
    '%s at %i pixels, %s: whole, accessible, nothing beside the screen',
    async (file, width, scheme) => {
      const page = await open(file, width, scheme);
      expect(await page.locator('figure svg[role=img]').count()).toBe(7);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
      await page.evaluate(axe);
      const found = (await page.evaluate(
        'axe.run().then(result => result.violations.map(one => one.id))',
      )) as string[];
      expect(found).toEqual([]);
      expect(troubles).toEqual([]);
      await page.close();
    },
  );

  test('what differs is shown, runs can be hidden, and curves can run over time', async () => {
    const page = await open('three.html', 1280, 'light');
    expect(await page.title()).toBe('3 runs of training – Quarry');
    const differs = page.locator('#recipe > .scroll tbody tr');
    expect(await differs.allTextContents()).toEqual(['dims256512512']);
    expect(await page.locator('h1 ~ .scroll tbody th').allTextContents()).toHaveLength(3);
    const marks = page.locator('figure').first().locator('svg path');
    const before = await marks.count();
    await page.locator('.legend button', { hasText: 'second (2)' }).click();
    expect(await page.locator('.legend button[aria-pressed=false]').allTextContents()).toEqual([
      'second (2)',
    ]);
    await expect.poll(() => marks.count()).toBeLessThan(before);
    await page.locator('.legend select').selectOption('minutes');
    expect(await page.evaluate('location.hash')).toBe('#m=minutes');
    await page.waitForSelector('figure svg text:has-text("minutes")');
    expect(troubles).toEqual([]);
    await page.close();
  });
});
