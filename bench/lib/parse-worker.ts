import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { builtLanguages } from './built.ts';
import type { ParseItem } from './parse-child.ts';

const root = workerData as string;
const { createOutliner, languageById } = await builtLanguages();
const outliner = await createOutliner();

async function parse(files: readonly ParseItem[]): Promise<number> {
  let failed = 0;
  for (const { path, language } of files) {
    const spoken = languageById(language)!;
    await outliner.prepare(spoken);
    try {
      outliner.parseOnly(spoken, readFileSync(`${root}/${path}`, 'utf8'));
    } catch {
      failed++;
    }
  }
  return failed;
}

parentPort!.on('message', (files: ParseItem[]) => {
  void parse(files).then(failed => parentPort!.postMessage(failed));
});
