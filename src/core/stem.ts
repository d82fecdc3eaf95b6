/**
 * Porter's suffix stripper (M. F. Porter, "An algorithm for suffix stripping", Program 14(3), 1980), steps 1a to
 * 5b, over lower-case ASCII words. Words shorter than four letters and words with anything but `a`–`z` are
 * returned as they are, so that `utf8`, `id` and `größe` survive.
 */
export function stem(word: string): string {
  if (word.length < 4) return word;
  for (let i = 0; i < word.length; i++) {
    const c = word.charCodeAt(i);
    if (c < 97 || c > 122) return word;
  }
  let w = word;

  // Step 1a: plurals.
  if (w.endsWith('sses') || w.endsWith('ies')) w = w.slice(0, -2);
  else if (w.endsWith('s') && !w.endsWith('ss')) w = w.slice(0, -1);

  // Step 1b: -eed, -ed, -ing.
  if (w.endsWith('eed')) {
    if (measure(w, w.length - 3) > 0) w = w.slice(0, -1);
  } else {
    const cut = w.endsWith('ed') ? 2 : w.endsWith('ing') ? 3 : 0;
    if (cut > 0 && hasVowel(w, w.length - cut)) {
      w = w.slice(0, -cut);
      if (w.endsWith('at') || w.endsWith('bl') || w.endsWith('iz')) w += 'e';
      else if (endsDouble(w) && !/[lsz]$/.test(w)) w = w.slice(0, -1);
      else if (measure(w, w.length) === 1 && endsCvc(w, w.length)) w += 'e';
    }
  }

  // Step 1c: y after a vowel-bearing stem.
  if (w.endsWith('y') && hasVowel(w, w.length - 1)) w = `${w.slice(0, -1)}i`;

  w = replaceSuffix(w, step2, 0);
  w = replaceSuffix(w, step3, 0);
  w = step4(w);

  // Step 5: final e and double l.
  if (w.endsWith('e')) {
    const m = measure(w, w.length - 1);
    if (m > 1 || (m === 1 && !endsCvc(w, w.length - 1))) w = w.slice(0, -1);
  }
  if (w.endsWith('ll') && measure(w, w.length) > 1) w = w.slice(0, -1);
  return w;
}

const step2: ReadonlyArray<readonly [string, string]> = [
  ['ational', 'ate'],
  ['tional', 'tion'],
  ['enci', 'ence'],
  ['anci', 'ance'],
  ['izer', 'ize'],
  ['abli', 'able'],
  ['alli', 'al'],
  ['entli', 'ent'],
  ['eli', 'e'],
  ['ousli', 'ous'],
  ['ization', 'ize'],
  ['ation', 'ate'],
  ['ator', 'ate'],
  ['alism', 'al'],
  ['iveness', 'ive'],
  ['fulness', 'ful'],
  ['ousness', 'ous'],
  ['aliti', 'al'],
  ['iviti', 'ive'],
  ['biliti', 'ble'],
];

const step3: ReadonlyArray<readonly [string, string]> = [
  ['icate', 'ic'],
  ['ative', ''],
  ['alize', 'al'],
  ['iciti', 'ic'],
  ['ical', 'ic'],
  ['ful', ''],
  ['ness', ''],
];

const step4Suffixes = [
  'ement',
  'ance',
  'ence',
  'able',
  'ible',
  'ment',
  'ant',
  'ent',
  'ion',
  'ism',
  'ate',
  'iti',
  'ous',
  'ive',
  'ize',
  'al',
  'er',
  'ic',
  'ou',
];

function replaceSuffix(w: string, rules: ReadonlyArray<readonly [string, string]>, min: number): string {
  for (const [suffix, replacement] of rules) {
    if (w.endsWith(suffix)) {
      const stemLength = w.length - suffix.length;
      return measure(w, stemLength) > min ? w.slice(0, stemLength) + replacement : w;
    }
  }
  return w;
}

function step4(w: string): string {
  for (const suffix of step4Suffixes) {
    if (w.endsWith(suffix)) {
      const n = w.length - suffix.length;
      if (measure(w, n) <= 1) return w;
      if (suffix === 'ion' && w[n - 1] !== 's' && w[n - 1] !== 't') return w;
      return w.slice(0, n);
    }
  }
  return w;
}

function isConsonant(w: string, i: number): boolean {
  switch (w[i]) {
    case 'a':
    case 'e':
    case 'i':
    case 'o':
    case 'u':
      return false;
    case 'y':
      return i === 0 || !isConsonant(w, i - 1);
    default:
      return true;
  }
}

/** Porter's m: how many vowel–consonant sequences the first `length` letters hold. */
function measure(w: string, length: number): number {
  let m = 0;
  let vowel = false;
  for (let i = 0; i < length; i++) {
    if (isConsonant(w, i)) {
      if (vowel) m++;
      vowel = false;
    } else vowel = true;
  }
  return m;
}

function hasVowel(w: string, length: number): boolean {
  for (let i = 0; i < length; i++) if (!isConsonant(w, i)) return true;
  return false;
}

function endsDouble(w: string): boolean {
  const n = w.length;
  return n > 1 && w[n - 1] === w[n - 2] && isConsonant(w, n - 1);
}

/** Consonant, vowel, consonant at the end of the first `n` letters, the last not w, x or y. */
function endsCvc(w: string, n: number): boolean {
  if (n < 3) return false;
  const last = w[n - 1]!;
  return (
    isConsonant(w, n - 3) &&
    !isConsonant(w, n - 2) &&
    isConsonant(w, n - 1) &&
    last !== 'w' &&
    last !== 'x' &&
    last !== 'y'
  );
}
