import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const source = resolve(import.meta.dirname, '..');

function filesOf(folder: string, pattern: RegExp): string[] {
  return readdirSync(join(source, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => pattern.test(name))
    .sort()
    .map(name => readFileSync(join(source, folder, name), 'utf8'));
}

/** Whole files: this repository's own code and the samples of every language. */
export function sourceFiles(): string[] {
  return [...filesOf('.', /\.ts$/).filter((_, i) => i % 2 === 0), ...filesOf('languages/samples', /\.txt$/)];
}

/** The same in pieces of 50 to 500 characters, cut without regard to words. */
export function sourcePieces(): string[] {
  return sourceFiles().flatMap((text, file) => {
    const pieces: string[] = [];
    for (let at = 0, i = file; at < text.length; i++) {
      const length = 50 + ((i * 97) % 450);
      pieces.push(text.slice(at, at + length));
      at += length;
    }
    return pieces;
  });
}

/** Questions as people type them, and texts that are hard for tokenizers. */
export const oddTexts: readonly string[] = [
  '',
  ' \t\r\n_ __ ',
  'how do I parse a JSON file in python?',
  'convert list of strings to int, ignoring None',
  "what's the difference between map() and flatMap()",
  'parseHTTPResponse parse_http_response PARSE_HTTP_RESPONSE parse-http-response',
  'userIDs getURLsOf toPDFs URLs HTTPServer XMLs2JSON IDsAre sHTTPs iOS x86_64 utf8String',
  '0x9e3779b97f4a7c15 1_000_000 3.14159e-10 2024-11-21T12:33:37.123Z 123456789012345678901234567890',
  'sha: da39a3ee5e6b4b0d3255bfef95601890afd80709, uuid 550e8400-e29b-41d4-a716-446655440000',
  `data:image/png;base64,${Buffer.from(Array.from({ length: 400 }, (_, i) => (i * i) % 256)).toString('base64')}==`,
  'src/main/java/org/apache/commons/lang3/builder/ToStringStyle.java',
  `// ${'='.repeat(90)}\n/${'*'.repeat(40)}/ ${'(('.repeat(20)} ${'a'.repeat(70)} ${'Ж'.repeat(70)} ${'7'.repeat(20)}`,
  `${'A'.repeat(31)}b ${'A'.repeat(32)}b ${'A'.repeat(33)}bc ${'x'.repeat(64)}Y${'z'.repeat(65)}1`,
  'İSTANBUL ISPARTA ıi ΟΔΥΣΣΕΥΣ ΣΑΣ.Α σας Straße ŒUVRE ǅungla ﬁn ＡＢＣ ｈＴＴＰ Å Å X̂ B̂C é',
  '解析HTTP响应 parse解析 관리자 ログイン処理を行うLoginHandler Ωmega مرحباWorld नमस्ते ไทย',
  '😀👩‍👩‍👧‍👦🏳️‍🌈 𝒳𝒴 𐐀𐐨𐐁 ½ ² Ⅷ ① ⓐⒶ ﷺ \u00ad \ufeff \u200b \u0085 \u2028',
  '\ud800 a\udc00b \ud83d_\ude00 (\udfff)',
  '`$(a)` <T extends U[]>(x?: T) => x!.y ??= z >>> 0 && !(b || c); #!/usr/bin/env @x $y \\n "%s" \'q\'',
];

/** Random identifiers, symbols and characters of many scripts; the same at every run. */
export function randomTexts(count: number): string[] {
  let state = 42;
  const random = (n: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
  const ranges = [
    [0x20, 0x7e],
    [0x30, 0x39],
    [0x41, 0x5a],
    [0x61, 0x7a],
    [0x61, 0x7a],
    [0, 0x2ff],
    [0x300, 0x36f],
    [0x370, 0x52f],
    [0x0, 0xffff],
    [0x4e00, 0x9fff],
    [0x10000, 0x1ffff],
  ] as const;
  return Array.from({ length: count }, () => {
    let text = '';
    for (let left = random(80); left > 0; left--) {
      const [from, to] = ranges[random(ranges.length)]!;
      for (let run = 1 + random(4); run > 0; run--)
        text += String.fromCodePoint(from + random(to - from + 1));
    }
    return text;
  });
}
