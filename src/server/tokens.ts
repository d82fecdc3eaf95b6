import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { QuarryError } from '../core/errors.ts';

export const scopes = ['read', 'index', 'admin'] as const;
export type Scope = (typeof scopes)[number];

/** A token as it is kept: of its secret there is only the SHA-256 – it is random and long, nothing slower is needed. */
export interface StoredToken {
  id: string;
  name: string;
  scopes: Scope[];
  /** Hex. */
  hash: string;
  /** Milliseconds since the epoch. */
  created: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Where the tokens of a user are. */
export function tokensFile(env: Environment): string {
  const base = env['XDG_CONFIG_HOME'] || join(env['HOME'] || homedir(), '.config');
  return join(base, 'quarry', 'tokens.json');
}

/** How often the file is looked at: a token that was revoked stops working after that. */
const freshMs = 1000;

const tokenPattern = /^qry_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/;

/** The tokens of a file. Others may change it at any time. */
export class TokenStore {
  readonly file: string;
  private tokens: StoredToken[] = [];
  private stamp = '';
  private lookedAt = Number.NEGATIVE_INFINITY;

  constructor(file: string) {
    this.file = file;
  }

  /** Throws QuarryError `unreadable` for a file that cannot be read, `usage` for one that others may read, or that is none. */
  list(): readonly StoredToken[] {
    const now = performance.now();
    if (now - this.lookedAt < freshMs) return this.tokens;
    const found = statSync(this.file, { throwIfNoEntry: false });
    const stamp = found ? `${found.mtimeMs} ${found.size} ${found.ino}` : '';
    if (stamp !== this.stamp) {
      if (found && process.platform !== 'win32' && (found.mode & 0o077) !== 0)
        throw new QuarryError('usage', `${this.file} can be read by others`, `run: chmod 600 ${this.file}`);
      this.tokens = found ? readTokens(this.file) : [];
      this.stamp = stamp;
    }
    this.lookedAt = now;
    return this.tokens;
  }

  /** Makes a token; its text is never seen again. */
  create(name: string, granted: readonly Scope[]): { token: string; stored: StoredToken } {
    const id = randomBytes(6).toString('hex');
    const secret = randomBytes(32).toString('base64url');
    const token = `qry_${id}_${secret}`;
    const stored = { id, name, scopes: [...granted], hash: hash('sha256', token), created: Date.now() };
    this.write([...this.fresh(), stored]);
    return { token, stored };
  }

  /** By id or by name. Throws QuarryError `not-found`. */
  revoke(which: string): StoredToken[] {
    const before = this.fresh();
    const gone = before.filter(({ id, name }) => id === which || name === which);
    if (gone.length === 0)
      throw new QuarryError('not-found', `there is no token ${which}`, 'see: quarry serve token list');
    this.write(before.filter(token => !gone.includes(token)));
    return gone;
  }

  /** Who a token belongs to; undefined for none that is known. */
  verify(token: string): StoredToken | undefined {
    const id = tokenPattern.exec(token)?.[1];
    const stored = this.list().find(one => one.id === id);
    const given = hash('sha256', token, 'buffer');
    // Compared also when there is none, so that time does not tell.
    const expected = stored ? Buffer.from(stored.hash, 'hex') : Buffer.alloc(given.length);
    return timingSafeEqual(given, expected) ? stored : undefined;
  }

  private fresh(): StoredToken[] {
    this.lookedAt = Number.NEGATIVE_INFINITY;
    return [...this.list()];
  }

  private write(tokens: readonly StoredToken[]): void {
    const { file } = this;
    const beside = `${file}.${process.pid}.tmp`;
    try {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      writeFileSync(beside, `${JSON.stringify({ version: 1, tokens }, null, 2)}\n`, { mode: 0o600 });
      chmodSync(beside, 0o600);
      renameSync(beside, file);
    } catch (error) {
      throw new QuarryError('unreadable', `cannot write ${file}`, 'check its permissions', { cause: error });
    }
    this.lookedAt = Number.NEGATIVE_INFINITY;
  }
}

function readTokens(file: string): StoredToken[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new QuarryError('unreadable', `cannot read ${file}`, 'check its permissions', { cause: error });
  }
  try {
    const { version, tokens } = JSON.parse(text) as { version: unknown; tokens: unknown };
    if (version === 1 && Array.isArray(tokens) && tokens.every(isToken)) return tokens;
  } catch {
    // Said below.
  }
  throw new QuarryError(
    'usage',
    `${file} is not a file of tokens`,
    'remove it and make new ones: quarry serve token create',
  );
}

function isToken(value: unknown): value is StoredToken {
  if (typeof value !== 'object' || value === null) return false;
  const { id, name, scopes: granted, hash: hashed, created } = value as Partial<StoredToken>;
  return (
    typeof id === 'string' &&
    typeof name === 'string' &&
    typeof created === 'number' &&
    typeof hashed === 'string' &&
    /^[0-9a-f]{64}$/.test(hashed) &&
    Array.isArray(granted) &&
    granted.every(scope => scopes.includes(scope))
  );
}

/** Admin may everything. */
export function allows(token: StoredToken, scope: Scope): boolean {
  return token.scopes.includes(scope) || token.scopes.includes('admin');
}
