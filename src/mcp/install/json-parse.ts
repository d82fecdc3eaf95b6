/** A value in a JSON text: offsets are UTF-16, half-open. */
export type JsonNode = JsonObject | { kind: 'other'; start: number; end: number; data: unknown };

export interface JsonObject {
  kind: 'object';
  start: number;
  end: number;
  properties: Array<{ key: string; value: JsonNode }>;
  trailingComma: boolean;
  data: unknown;
}

/** Deeper texts are not configurations. */
const deepest = 200;

/** Parses JSON with comments and trailing commas. Throws SyntaxError that says where. */
export function parseJson(text: string): JsonNode {
  const parser = new Parser(text);
  return parser.document();
}

class Parser {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
    if (text.startsWith('\ufeff')) this.at = 1;
  }

  document(): JsonNode {
    this.skip();
    const node = this.value(0);
    this.skip();
    if (this.at < this.text.length) this.fail('something follows the end');
    return node;
  }

  private value(depth: number): JsonNode {
    if (depth > deepest) this.fail('nested too deeply');
    const first = this.text[this.at];
    if (first === '{') return this.object(depth);
    const start = this.at;
    const data = first === '[' ? this.array(depth) : first === '"' ? this.string() : this.word();
    return { kind: 'other', start, end: this.at, data };
  }

  private object(depth: number): JsonObject {
    const start = this.at++;
    const properties: JsonObject['properties'] = [];
    const data: Record<string, unknown> = {};
    let trailingComma = false;
    for (;;) {
      this.skip();
      if (this.take('}')) break;
      if (properties.length > 0 && !trailingComma) this.fail('a comma or } is missing');
      if (this.text[this.at] !== '"') this.fail('a name in quotes is missing');
      const key = this.string();
      this.skip();
      if (!this.take(':')) this.fail('a colon is missing');
      this.skip();
      const value = this.value(depth + 1);
      properties.push({ key, value });
      Object.defineProperty(data, key, {
        value: value.data,
        enumerable: true,
        writable: true,
        configurable: true,
      });
      this.skip();
      trailingComma = this.take(',');
    }
    return { kind: 'object', start, end: this.at, properties, trailingComma, data };
  }

  private array(depth: number): unknown[] {
    this.at++;
    const data: unknown[] = [];
    let comma = true;
    for (;;) {
      this.skip();
      if (this.take(']')) return data;
      if (!comma) this.fail('a comma or ] is missing');
      data.push(this.value(depth + 1).data);
      this.skip();
      comma = this.take(',');
    }
  }

  private string(): string {
    const match = /"(?:[^"\\\p{Cc}]|\\.|\x7f)*"/uy;
    match.lastIndex = this.at;
    const found = match.exec(this.text)?.[0];
    if (found === undefined) return this.fail('a string does not end');
    try {
      const data = JSON.parse(found) as string;
      this.at += found.length;
      return data;
    } catch {
      return this.fail('a string has an unknown escape');
    }
  }

  private word(): unknown {
    const match = /[-+.\w]+/y;
    match.lastIndex = this.at;
    const found = match.exec(this.text)?.[0];
    if (found === undefined) return this.fail('a value is missing');
    try {
      const data: unknown = JSON.parse(found);
      this.at += found.length;
      return data;
    } catch {
      return this.fail(`${found.slice(0, 20)} is no value`);
    }
  }

  private take(character: string): boolean {
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  /** Blanks and comments. */
  private skip(): void {
    for (;;) {
      while (/\s/.test(this.text[this.at] ?? '')) this.at++;
      if (this.text.startsWith('//', this.at)) {
        const end = this.text.indexOf('\n', this.at);
        this.at = end < 0 ? this.text.length : end;
      } else if (this.text.startsWith('/*', this.at)) {
        const end = this.text.indexOf('*/', this.at + 2);
        if (end < 0) this.fail('a comment does not end');
        this.at = end + 2;
      } else return;
    }
  }

  private fail(what: string): never {
    throw new SyntaxError(`line ${this.text.slice(0, this.at).split('\n').length}: ${what}`);
  }
}
