import { expect, test } from 'vitest';
import type { UpdateProgress } from '../core/progress.ts';
import { barLine, plainLine, progressView } from './progress.ts';
import type { Surroundings } from './surroundings.ts';
import { styleFor, widthOf } from './terminal.ts';

const step: UpdateProgress = {
  phase: 'extract',
  filesTotal: 2800,
  filesDone: 1400,
  bytesTotal: 20_000_000,
  bytesDone: 10_000_000,
  units: 9000,
  elapsedMs: 4000,
  etaMs: 4000,
};

test('a line says how far, how fast and how long', () => {
  expect(plainLine(step)).toBe('indexing 1,400/2,800 files (50 %), 350 files/s, 2.5 MB/s, 4.0 s left');
  expect(plainLine({ ...step, phase: 'walk' })).toBe('looking for changes, 2,800 files so far');
  expect(plainLine({ ...step, waitingFor: 'process 7 on host' })).toBe(
    'waiting: process 7 on host is updating the index',
  );
});

test('the bar fits every width and never reads more than 100 %', () => {
  const errorStyle = styleFor(false);
  for (let width = 20; width < 140; width++) {
    const line = barLine({ ...step, bytesDone: 30_000_000 }, width, { errorStyle });
    expect(widthOf(line)).toBeLessThanOrEqual(width);
    expect(line).toContain('100 %');
  }
});

function view(terminal: boolean, options: { quiet?: boolean; delayMs?: number } = {}) {
  let time = 0;
  let written = '';
  const around = {
    env: {},
    stderr: { isTTY: terminal, columns: 80, write: (text: string) => (written += text) },
    errorStyle: styleFor(false),
    quiet: options.quiet ?? false,
  } as unknown as Surroundings;
  const shown = progressView(around, { delayMs: options.delayMs ?? 0, now: () => time });
  return {
    at: (ms: number) => {
      time = ms;
      shown.step(step);
    },
    end: () => shown.end(),
    get written() {
      return written;
    },
  };
}

test('a terminal gets one line that is redrawn and taken away', () => {
  const shown = view(true);
  for (let ms = 0; ms <= 1000; ms += 10) shown.at(ms);
  shown.end();
  expect(shown.written.split('\r\u001b[2Kindexing').length).toBeLessThanOrEqual(12);
  expect(shown.written).not.toContain('\n');
  expect(shown.written.endsWith('\r\u001b[2K')).toBe(true);
});

test('a pipe gets a plain line every two seconds', () => {
  const shown = view(false);
  for (let ms = 0; ms <= 6000; ms += 100) shown.at(ms);
  shown.end();
  expect(shown.written.trimEnd().split('\n')).toHaveLength(4);
  for (const control of ['\r', '\u001b']) expect(shown.written).not.toContain(control);
});

test('nothing is shown of what is over in time, nor when it should be quiet', () => {
  const quick = view(true, { delayMs: 300 });
  quick.at(100);
  quick.at(299);
  quick.end();
  expect(quick.written).toBe('');
  const quiet = view(true, { quiet: true });
  quiet.at(5000);
  expect(quiet.written).toBe('');
});
