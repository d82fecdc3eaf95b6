/** A table's head or an assignment in a TOML text. Offsets are UTF-16, half-open, comments after it not included. */
export interface TomlStatement {
  kind: 'table' | 'array-table' | 'pair';
  /** Of a pair: as written before `=`, without those of its table. */
  keys: string[];
  /** Head of the table a pair stands in; undefined at the top. */
  table: TomlStatement | undefined;
  /** Of a pair, as written. */
  value: string;
  start: number;
  end: number;
  /** 1-based. */
  line: number;
}

/** Statements of a TOML text. Values are only looked at as far as their ends must be found. Throws SyntaxError with a line. */
export function scanToml(text: string): TomlStatement[] {
  return new Scanner(text).statements();
}

class Scanner {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
    if (text.startsWith('\ufeff')) this.at = 1;
  }

  statements(): TomlStatement[] {
    const found: TomlStatement[] = [];
    let table: TomlStatement | undefined;
    for (;;) {
      this.skip(true);
      if (this.at >= this.text.length) return found;
      const start = this.at;
      const line = this.line();
      let kind: TomlStatement['kind'] = 'pair';
      if (this.take('[[')) kind = 'array-table';
      else if (this.take('[')) kind = 'table';
      const keys = this.keys();
      let value = '';
      if (kind === 'pair') {
        if (!this.take('=')) this.fail('= is missing');
        this.skip(false);
        const from = this.at;
        this.value();
        value = this.text.slice(from, this.at);
      } else if (!this.take(kind === 'table' ? ']' : ']]')) this.fail('the head of a table does not end');
      const one: TomlStatement = { kind, keys, table, value, start, end: this.at, line };
      if (kind !== 'pair') {
        one.table = undefined;
        table = one;
      }
      found.push(one);
      this.skip(false);
      if (this.at < this.text.length && !/[\r\n]/.test(this.text[this.at]!))
        this.fail('something follows the end of a statement');
    }
  }

  private keys(): string[] {
    const keys: string[] = [];
    do {
      this.skip(false);
      const match = /[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'/y;
      match.lastIndex = this.at;
      const key = match.exec(this.text)?.[0];
      if (key === undefined) this.fail('a name is missing');
      this.at += key.length;
      keys.push(/^["']/.test(key) ? key.slice(1, -1) : key);
      this.skip(false);
    } while (this.take('.'));
    return keys;
  }

  private value(): void {
    const rest = this.text.slice(this.at, this.at + 3);
    if (rest === '"""' || rest === "'''") {
      const end = rest === '"""' ? /(?:[^\\]|\\[\s\S])*?"""+/y : /[\s\S]*?'''+/y;
      this.run(end, this.at + 3, 'a text does not end');
    } else if (rest.startsWith('"')) this.run(/"(?:[^"\\\n]|\\.)*"/y, this.at, 'a string does not end');
    else if (rest.startsWith("'")) this.run(/'[^'\n]*'/y, this.at, 'a string does not end');
    else if (rest.startsWith('[') || rest.startsWith('{')) this.group();
    else this.run(/[-+.:\w]+(?: \d[-+.:\w]*)?/y, this.at, 'a value is missing');
  }

  /** A list, or a table on one line. */
  private group(): void {
    const close = this.text[this.at] === '[' ? ']' : '}';
    this.at++;
    for (;;) {
      this.skip(true);
      if (this.take(close)) return;
      if (close === '}') {
        this.keys();
        if (!this.take('=')) this.fail('= is missing');
        this.skip(true);
      }
      this.value();
      this.skip(true);
      if (this.take(',')) continue;
      if (!this.take(close)) this.fail(`a comma or ${close} is missing`);
      return;
    }
  }

  private run(pattern: RegExp, from: number, otherwise: string): void {
    pattern.lastIndex = from;
    if (!pattern.test(this.text)) this.fail(otherwise);
    this.at = pattern.lastIndex;
  }

  private take(token: string): boolean {
    if (!this.text.startsWith(token, this.at)) return false;
    this.at += token.length;
    return true;
  }

  /** Blanks and comments, and ends of lines too. */
  private skip(lines: boolean): void {
    const pattern = lines ? /(?:\s|#[^\n]*)*/y : /[ \t]*(?:#[^\r\n]*)?/y;
    pattern.lastIndex = this.at;
    pattern.test(this.text);
    this.at = pattern.lastIndex;
  }

  private line(): number {
    return this.text.slice(0, this.at).split('\n').length;
  }

  private fail(what: string): never {
    throw new SyntaxError(`line ${this.line()}: ${what}`);
  }
}
