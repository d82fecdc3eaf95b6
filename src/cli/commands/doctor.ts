import { findModel } from '../../engine/encoding/model.ts';
import type { Finding } from '../../engine/health/diagnosis.ts';
import { examine, repair } from '../../engine/health/doctor.ts';
import type { Arguments } from '../arguments.ts';
import { resolvePlace } from '../place.ts';
import { note, type Surroundings } from '../surroundings.ts';
import { printable } from '../terminal.ts';

/** Checks an index and, with `--repair`, mends it. 0: sound or mended, 1: something remains. */
export async function doctor(args: Arguments, around: Surroundings): Promise<number> {
  const place = resolvePlace(args.positionals[0], args, around);
  const { root, indexFile } = place;
  const checks = { model: findModel(place.settings.model, around.env) };
  let examination = await examine(indexFile, root, checks);
  const { findings } = examination;
  let done: string[] = [];
  if (args.has('repair') && examination.repairable) {
    ({ done } = await repair(indexFile, root));
    examination = await examine(indexFile, root, checks);
  }
  const sound = !examination.findings.some(({ severity }) => severity !== 'ok');
  if (args.has('json')) {
    const report = { root, indexFile, findings, repairable: examination.repairable, done, sound };
    around.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
    return sound ? 0 : 1;
  }
  around.stdout.write(findings.map(finding => findingLine(finding, around)).join(''));
  for (const what of done) around.stdout.write(`${around.style.green('done')}     ${printable(what)}\n`);
  if (examination.repairable) note(around, 'to do that: quarry doctor --repair');
  else if (done.length > 0) note(around, 'what was dropped is read again by the next search or quarry index');
  return sound ? 0 : 1;
}

function findingLine({ severity, what, repair: announced }: Finding, { style }: Surroundings): string {
  const paint = { ok: style.green, warning: style.yellow, error: style.red }[severity];
  const line = `${paint(severity.padEnd(7))}  ${printable(what)}\n`;
  return announced === undefined ? line : `${line}         ${style.dim(`would ${printable(announced)}`)}\n`;
}
