import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stem } from './stem.ts';

/** The examples of Porter's paper, through all steps, and words of code. */
const pairs = `
caresses caress  ponies poni  ties ti  caress caress  cats cat  feed feed  agreed agre  plastered plaster
bled bled  motoring motor  sing sing  conflated conflat  troubled troubl  sized size  hopping hop  tanned tan
falling fall  hissing hiss  fizzed fizz  failing fail  filing file  happy happi  relational relat
conditional condit  rational ration  valenci valenc  hesitanci hesit  digitizer digit  conformabli conform
radicalli radic  differentli differ  vileli vile  analogousli analog  vietnamization vietnam  predication predic
operator oper  feudalism feudal  decisiveness decis  hopefulness hope  callousness callous  formaliti formal
sensitiviti sensit  sensibiliti sensibl  triplicate triplic  formative form  formalize formal  electriciti electr
electrical electr  hopeful hope  goodness good  revival reviv  allowance allow  inference infer  airliner airlin
gyroscopic gyroscop  adjustable adjust  defensible defens  irritant irrit  replacement replac  adjustment adjust
dependent depend  adoption adopt  communism commun  activate activ  angulariti angular  homologous homolog
effective effect  bowdlerize bowdler  probate probat  rate rate  cease ceas  controll control  roll roll
generalizations gener  oscillators oscil  connection connect  connections connect  connected connect
connecting connect  connective connect  indexes index  parser parser  parsing pars  iterators iter
`;

test('the published examples', () => {
  const words = pairs.trim().split(/\s+/);
  expect(words.length / 2).toBeGreaterThanOrEqual(80);
  const wrong: string[] = [];
  for (let i = 0; i < words.length; i += 2) {
    const found = stem(words[i]!);
    if (found !== words[i + 1]) wrong.push(`${words[i]} → ${found}, not ${words[i + 1]}`);
  }
  expect(wrong).toEqual([]);
});

test('short words, digits and other scripts stay as they are', () => {
  for (const word of ['is', 'as', 'ids', 'utf8', 'größe', 'naïves', 'a1s', 'HTTPS', '日本語s', '']) {
    expect(stem(word)).toBe(word);
  }
});

test('a stem is never empty and never longer than the word', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z]{1,20}$/), word => {
      const found = stem(word);
      expect(found.length).toBeGreaterThan(0);
      expect(found.length).toBeLessThanOrEqual(word.length);
      expect(found).toMatch(/^[a-z]+$/);
    }),
    { numRuns: 2000 },
  );
});

test('forms of regular verbs share a stem', () => {
  for (const verb of ['connect', 'render', 'load', 'insert', 'convert', 'fetch', 'lock', 'process']) {
    for (const ending of ['', 'ed', 'ing']) expect(stem(verb + ending)).toBe(stem(verb));
  }
});
