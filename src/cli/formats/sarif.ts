import { printable } from '../terminal.ts';
import { describe, type FormatContext, type Spot, spotsOf } from './spots.ts';

/** A SARIF 2.1.0 document. The query is the one rule, every spot a result. Paths are relative, as they are shown. */
export function sarif(context: FormatContext): string {
  const { result, version } = context;
  const id = printable(result.query);
  const document = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'Quarry',
            version,
            rules: [{ id, shortDescription: { text: `Code found for: ${id}` } }],
          },
        },
        columnKind: 'utf16CodeUnits',
        results: spotsOf(context).map(spot => resultOf(spot, id)),
      },
    ],
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function resultOf(spot: Spot, ruleId: string): object {
  const { hit, path, line, start, end, isMatch } = spot;
  const region = isMatch
    ? { startLine: line, startColumn: start + 1, endLine: line, endColumn: Math.max(start, end) + 1 }
    : { startLine: hit.firstLine, endLine: hit.lastLine };
  return {
    ruleId,
    ruleIndex: 0,
    level: 'note',
    message: { text: describe(hit) },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: uriOf(path) }, region },
        ...(hit.qualifiedName === '' && hit.name === ''
          ? {}
          : { logicalLocations: [{ fullyQualifiedName: printable(hit.qualifiedName || hit.name) }] }),
      },
    ],
    properties: { score: hit.score, language: hit.language, role: hit.role, stale: hit.stale },
  };
}

/** A path as a relative reference, or a `file:` URI if it is absolute. */
export function uriOf(path: string): string {
  const encoded = path
    .toWellFormed()
    .split('/')
    .map(part => encodeURIComponent(part))
    .join('/');
  return path.startsWith('/') ? `file://${encoded}` : encoded;
}
