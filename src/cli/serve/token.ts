import { QuarryError } from '../../core/errors.ts';
import { type Scope, scopes, TokenStore, tokensFile } from '../../server/tokens.ts';
import { type Arguments, oneOf } from '../arguments.ts';
import { note, type Surroundings } from '../surroundings.ts';
import { printable, table } from '../terminal.ts';

/** `quarry serve token create|list|revoke`. */
export async function tokenCommand(
  [action = 'list', ...rest]: readonly string[],
  args: Arguments,
  around: Surroundings,
): Promise<number> {
  const store = new TokenStore(tokensFile(around.env));
  switch (oneOf('serve token', action, ['create', 'list', 'revoke'])) {
    case 'create':
      if (rest.length > 0) throw new QuarryError('usage', 'a token gets its name by --name');
      return create(store, args, around);
    case 'list':
      list(store, args, around);
      return 0;
    case 'revoke':
      return revoke(store, rest, around);
  }
}

function create(store: TokenStore, args: Arguments, around: Surroundings): number {
  const name = args.text('name');
  if (name === undefined || !/^[\w .@-]{1,64}$/.test(name))
    throw new QuarryError(
      'usage',
      name === undefined ? 'a token needs a name' : `--name ${name}: not a name`,
      'say who or what it is for: --name editor',
    );
  if (store.list().some(token => token.name === name))
    throw new QuarryError(
      'usage',
      `there is a token ${name} already`,
      `revoke it first, or choose another name`,
    );
  const wanted = args.texts('scope').flatMap(text => text.split(',').map(one => one.trim()));
  const granted: Scope[] = wanted.length === 0 ? ['read'] : wanted.map(one => oneOf('--scope', one, scopes));
  const { token, stored } = store.create(name, [...new Set(granted)]);
  note(around, `token ${stored.id} for ${name} (${stored.scopes.join(', ')}); it is shown only once:`);
  around.stdout.write(`${token}\n`);
  return 0;
}

function list(store: TokenStore, args: Arguments, around: Surroundings): void {
  const tokens = store.list();
  if (args.has('json')) {
    const shown = tokens.map(({ id, name, scopes: granted, created }) => ({
      id,
      name,
      scopes: granted,
      created,
    }));
    around.stdout.write(`${JSON.stringify({ file: store.file, tokens: shown }, null, 2)}\n`);
    return;
  }
  if (tokens.length === 0) {
    note(around, 'there are no tokens: quarry serve token create --name NAME');
    return;
  }
  const rows = tokens.map(({ id, name, scopes: granted, created }) => [
    id,
    printable(name),
    granted.join(','),
    new Date(created).toISOString().slice(0, 10),
  ]);
  around.stdout.write(table(rows));
}

function revoke(store: TokenStore, names: readonly string[], around: Surroundings): number {
  const [which] = names;
  if (which === undefined || names.length > 1)
    throw new QuarryError('usage', 'which token?', 'give its id or its name: quarry serve token revoke NAME');
  for (const { id, name } of store.revoke(which))
    note(around, `token ${id} of ${name} is not valid any more`);
  return 0;
}
