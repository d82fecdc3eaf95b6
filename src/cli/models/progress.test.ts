import { expect, test } from 'vitest';
import type { Surroundings } from '../surroundings.ts';
import { styleFor } from '../terminal.ts';
import { downloadView } from './progress.ts';

function surroundings(isTTY: boolean, quiet = false): { around: Surroundings; written: () => string } {
  let text = '';
  const stderr = { isTTY, columns: 60, write: (piece: string) => void (text += piece) };
  const around = { env: {}, stderr, errorStyle: styleFor(false), quiet } as unknown as Surroundings;
  return { around, written: () => text };
}

const step = (bytesDone: number) => ({ file: 'onnx/model.onnx', bytesDone, bytesTotal: 100e6 });

test('a line every five seconds, with the rate of what was fetched now', () => {
  const { around, written } = surroundings(false);
  let time = 0;
  const view = downloadView(around, () => time);
  view.step(step(40e6));
  time = 4000;
  view.step(step(50e6));
  time = 6000;
  view.step(step(70e6));
  view.end();
  expect(written()).toBe('quarry: onnx/model.onnx: 70 MB of 100 MB, 5.0 MB/s, 6.0 s left\n');
});

test('one line that is redrawn on a terminal, not wider than it', () => {
  const { around, written } = surroundings(true);
  let time = 0;
  const view = downloadView(around, () => time);
  for (; time <= 3000; time += 500) view.step(step(time * 1e4));
  view.end();
  const lines = written().split('\r\u001b[2K');
  expect(lines.at(-1)).toBe('');
  for (const line of lines) expect(line.length).toBeLessThan(60);
  expect(lines.at(-2)).toContain('onnx/model.onnx: 30 MB of 100 MB');
});

test('nothing when quiet', () => {
  const { around, written } = surroundings(true, true);
  const view = downloadView(around);
  view.step(step(1));
  view.end();
  expect(written()).toBe('');
});
