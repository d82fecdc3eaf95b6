import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { preparedOutliner } from './contract.testing.ts';
import { createOutliner } from './outliner.ts';
import { languageById } from './registry.ts';

const python = languageById('python')!;

describe('outliner', () => {
  it('returns blocks when the deadline passes and works on afterwards', async () => {
    const outliner = await preparedOutliner(python);
    const long = 'def f(a, b):\n    return a + b\n\n'.repeat(20_000);
    const late = outliner.outline(python, long, { deadlineMs: 1 });
    expect(late.degraded).toBe('deadline');
    expect(new Set(late.units.map(unit => unit.kind))).toEqual(new Set(['block']));
    const next = outliner.outline(python, 'def g():\n    pass\n');
    expect(next.units.map(unit => unit.name)).toEqual(['g']);
    expect(outliner.needsRecycle).toBe(false);
    outliner.dispose();
  });

  it('degrades without prepare and rejects a grammar that is not there', async () => {
    const outliner = await createOutliner();
    expect(outliner.outline(python, 'x = 1\n').degraded).toBe('grammar');
    await expect(outliner.prepare({ ...python, id: 'none', grammar: 'none' })).rejects.toThrow('none.wasm');
    expect(() => outliner.parseOnly(python, 'x')).toThrow('python');
    outliner.dispose();
  });

  it('takes grammars from another folder', async () => {
    const outliner = await createOutliner({ grammarDir: new URL('../../grammars/', import.meta.url) });
    await outliner.prepare(python);
    await outliner.prepare(python);
    expect(outliner.outline(python, 'def f(): pass\n').units[0]?.kind).toBe('function');
    outliner.dispose();
  });

  it('counts in UTF-16 units', async () => {
    const outliner = await preparedOutliner(python);
    const source = 's = "𝄞é"\n\ndef später():\n    return "😀"\n';
    const unit = outliner.outline(python, source).units.find(one => one.kind === 'function')!;
    expect(source.slice(unit.start, unit.end)).toBe('def später():\n    return "😀"');
    expect(unit.name).toBe('später');
    outliner.dispose();
  });

  it('splits long code between definitions and leaves imports and licences out', async () => {
    const outliner = await preparedOutliner(python);
    const units = (source: string) =>
      outliner.outline(python, source).units.map(unit => [unit.kind, unit.firstLine, unit.lastLine]);
    expect(units('# licence\nimport os\n\ndef f():\n    pass\n')).toEqual([['function', 4, 5]]);
    expect(units('# only\nimport os\n')).toEqual([['module', 1, 2]]);
    const calls = 'call()\n'.repeat(50);
    expect(units(`${calls}\n${calls}\ndef f(): pass\n`)).toEqual([
      ['module', 1, 50],
      ['module', 52, 101],
      ['function', 103, 103],
    ]);
    outliner.dispose();
  });

  it('has every grammar that a language names in its manifest', () => {
    const manifest = JSON.parse(
      readFileSync(new URL('../../grammars/manifest.json', import.meta.url), 'utf8'),
    );
    expect(Object.keys(manifest)).toContain(python.grammar);
  });
});
