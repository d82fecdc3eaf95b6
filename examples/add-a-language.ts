/**
 * How to add a language, with two small ones: `npx node examples/add-a-language.ts`.
 *
 * In the repository a language is one file in src/languages/, one line in registry.ts and one sample that the
 * contract test checks. A `Language` is data: what files it has, how names are joined, what is a unit.
 */
import { createOutliner, type Language } from '../src/languages/index.ts';

// 1. With a grammar, a language is a tree-sitter query. This one reads Lua's grammar for a dialect of it.
const dialect: Language = {
  id: 'dialect',
  name: 'Dialect',
  extensions: ['.dialect'],
  grammar: 'lua',
  separator: '.',
  query: `
(function_declaration name: (identifier) @name body: (_)? @body) @unit.function
(function_declaration name: (dot_index_expression) @name body: (_)? @body) @unit.function
(comment) @comment
`,
};

// 2. Without one, `outline` may find the structure itself: here the sections of an INI file.
const ini: Language = {
  id: 'sectioned-ini',
  name: 'INI with sections',
  extensions: ['.ini'],
  separator: '.',
  outline: source => {
    const heads = [...source.matchAll(/^\[(.+)\]$/gm)];
    const lineAt = (offset: number) => source.slice(0, offset).split('\n').length;
    const units = heads.map((head, index) => {
      const rest = source.slice(head.index, heads[index + 1]?.index ?? source.length).trimEnd();
      const end = head.index + rest.length;
      return {
        kind: 'section' as const,
        name: head[1]!,
        qualifiedName: head[1]!,
        start: head.index,
        end,
        firstLine: lineAt(head.index),
        lastLine: lineAt(end),
        signatureEnd: head.index + head[0].length,
        docStart: -1,
        docEnd: -1,
        parent: -1,
      };
    });
    return { units, comments: [], imports: [] };
  },
};

const sources: [Language, string][] = [
  [
    dialect,
    '-- Doubles.\nfunction double(x)\n  return 2 * x\nend\n\nfunction math.half(x) return x / 2 end\n',
  ],
  [ini, '[server]\nport = 80\n\n[client]\nretries = 3\n'],
];

const outliner = await createOutliner();
for (const [language, source] of sources) {
  await outliner.prepare(language);
  console.log(`${language.name}:`);
  for (const unit of outliner.outline(language, source).units) {
    const doc = unit.docStart < 0 ? '' : `  ${source.slice(unit.docStart, unit.docEnd)}`;
    console.log(`  ${unit.kind} ${unit.qualifiedName}, lines ${unit.firstLine}-${unit.lastLine}${doc}`);
  }
}
outliner.dispose();
