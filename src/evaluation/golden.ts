import { QuarryError } from '../core/errors.ts';
import type { ReportData } from './result.ts';

/**
 * Golden ranks: what every query returned and where its answers stood, as text that is committed. A change of the
 * ranking shows as a diff of this file, with the measures it moved.
 */
export interface Golden {
  heading: string;
  /** By system and measure, as written: four decimals. */
  measures: Record<string, Record<string, string>>;
  /** One line per accepted change, newest first. */
  history: string[];
  /** By `query id`, then system: rank of every wanted candidate, `-` if it was not returned. */
  ranks: Record<string, Record<string, string>>;
  /** All of the per-query part, for an exact comparison. */
  body: string;
}

export interface GoldenChange {
  /** Measures that fell. */
  drops: string[];
  /** All measures that moved, `lexical mrr .9312 -> .9375 (+.0063)`. */
  moved: string[];
  /** Queries whose wanted candidates stand elsewhere, worst first. */
  queries: string[];
  /** The files are the same, history aside. */
  same: boolean;
}

const firstLine =
  '# Golden ranks, written by `quarry eval --golden`. Not to be edited: run it again, with --accept "why" if a measure fell.';

/** The golden ranks of an evaluation. */
export function goldenOf({ result, rows }: ReportData, history: readonly string[] = []): Golden {
  const measures: Golden['measures'] = {};
  for (const system of result.systems) {
    measures[system.name] = Object.fromEntries(
      Object.entries(system.measures).map(([name, value]) => [name, value.toFixed(4)]),
    );
  }
  const ranks: Golden['ranks'] = {};
  const blocks = rows.map(row => {
    const lines = [`== ${row.query}`, `   ${row.text.replaceAll(/\s+/g, ' ').slice(0, 200)}`];
    const own: Record<string, string> = {};
    ranks[row.query] = own;
    for (const [name, { relevant, top }] of Object.entries(row.systems)) {
      own[name] = relevant.map(({ id, rank, returned }) => `${id} ${returned ? rank : '-'}`).join(', ');
      lines.push(`   ${name}: wanted ${own[name]}`);
      for (const [i, item] of top.slice(0, 5).entries()) {
        const place = item.lines ? `${item.id}:${item.lines.join('-')}` : item.id;
        lines.push(`   ${i + 1} ${place} ${item.score.toFixed(3)}${(item.grade ?? 0) > 0 ? ' *' : ''}`);
      }
    }
    return `${lines.join('\n')}\n`;
  });
  const heading = `# ${result.dataset}, split ${result.split}, ${result.queries} queries, pool ${result.pool}`;
  return { heading, measures, history: [...history], ranks, body: blocks.join('\n') };
}

export function goldenText({ heading, measures, history, body }: Golden): string {
  const lines = Object.entries(measures).map(
    ([system, values]) =>
      `measures ${system}: ${Object.entries(values)
        .map(([name, value]) => `${name} ${value}`)
        .join(', ')}`,
  );
  const past = history.length === 0 ? '' : `history\n${history.map(line => `  ${line}\n`).join('')}\n`;
  return `${firstLine}\n${heading}\n\n${lines.join('\n')}\n\n${past}${body}`;
}

/** Reads golden ranks back. Throws QuarryError `format` for a text that is none. */
export function parseGolden(text: string, where: string): Golden {
  const [head = '', ...blocks] = text.split(/^(?=== )/m);
  const lines = head.split('\n');
  if (lines[0] !== firstLine)
    throw new QuarryError(
      'format',
      `${where} holds no golden ranks`,
      'name another file; --golden writes a file that is not there yet',
    );
  const golden: Golden = {
    heading: lines[1] ?? '',
    measures: {},
    history: lines.filter(line => line.startsWith('  ')).map(line => line.trim()),
    ranks: {},
    body: blocks.join(''),
  };
  for (const line of lines) {
    const match = /^measures (.+?): (.*)$/.exec(line);
    if (!match) continue;
    golden.measures[match[1]!] = Object.fromEntries(
      match[2]!.split(', ').map(part => {
        const at = part.lastIndexOf(' ');
        return [part.slice(0, at), part.slice(at + 1)];
      }),
    );
  }
  for (const block of blocks) {
    const own: Record<string, string> = {};
    const [title = '', ...rest] = block.split('\n');
    for (const line of rest) {
      const match = /^ {3}(.+?): wanted (.*)$/.exec(line);
      if (match) own[match[1]!] = match[2]!;
    }
    golden.ranks[title.slice(3)] = own;
  }
  return golden;
}

/** What changed between two golden ranks of the same queries. */
export function compareGolden(before: Golden, after: Golden): GoldenChange {
  const moved: string[] = [];
  const drops: string[] = [];
  for (const [system, values] of Object.entries(after.measures)) {
    for (const [name, value] of Object.entries(values)) {
      const old = before.measures[system]?.[name];
      if (old === undefined || old === value) continue;
      const difference = Number(value) - Number(old);
      const line = `${system} ${name} ${old} -> ${value} (${difference > 0 ? '+' : ''}${difference.toFixed(4)})`;
      moved.push(line);
      if (difference < 0) drops.push(line);
    }
  }
  for (const [system, values] of Object.entries(before.measures)) {
    for (const name of Object.keys(values)) {
      // What is no longer measured cannot be shown not to have fallen.
      if (after.measures[system]?.[name] === undefined) drops.push(`${system} ${name} is gone`);
    }
  }
  const queries: Array<{ line: string; worse: number }> = [];
  for (const [query, own] of Object.entries(after.ranks)) {
    for (const [system, ranks] of Object.entries(own)) {
      const old = before.ranks[query]?.[system];
      if (old === undefined || old === ranks) continue;
      queries.push({
        line: `${query} (${system}): ${old} -> ${ranks}`,
        worse: rankSum(ranks) - rankSum(old),
      });
    }
  }
  queries.sort((a, b) => b.worse - a.worse);
  const same =
    before.heading === after.heading &&
    before.body === after.body &&
    JSON.stringify(before.measures) === JSON.stringify(after.measures);
  return { drops, moved, queries: queries.map(({ line }) => line), same };
}

/** Sum of the ranks in `path 1, other -`; what was not returned counts 1,000. */
function rankSum(ranks: string): number {
  return ranks.split(', ').reduce((sum, part) => {
    const rank = Number(part.slice(part.lastIndexOf(' ') + 1));
    return sum + (Number.isNaN(rank) ? 1000 : rank);
  }, 0);
}
