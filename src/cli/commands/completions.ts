import { QuarryError } from '../../core/errors.ts';
import { languages } from '../../engine/settings/languages.ts';
import { knownModels, modelPlaces } from '../../models/library/locate.ts';
import { type Arguments, oneOf } from '../arguments.ts';
import { commands } from '../commands.ts';
import { bashScript } from '../completions/bash.ts';
import { fishScript } from '../completions/fish.ts';
import { completedCommands } from '../completions/model.ts';
import { zshScript } from '../completions/zsh.ts';
import type { Surroundings } from '../surroundings.ts';

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;
const shells = ['bash', 'zsh', 'fish'] as const;

/** Prints a completion script made from the command table. */
export async function completions(args: Arguments, around: Surroundings): Promise<number> {
  const [shell] = args.positionals;
  if (shell === undefined)
    throw new QuarryError('usage', 'completions needs a shell', `one of: ${shells.join(', ')}`);
  const known = {
    languages: languages.map(({ id }) => id),
    models: knownModels(modelPlaces(around.env, around.cwd)).map(({ name }) => name),
  };
  around.stdout.write(scripts[oneOf('completions', shell, shells)](completedCommands(commands, known)));
  return 0;
}
