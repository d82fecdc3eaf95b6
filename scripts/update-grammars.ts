/**
 * Re-creates grammars/ from the packages that grammars/manifest.json names: `npx node scripts/update-grammars.ts`.
 * Every file is checked against its SHA-256 before it is put in place. `--accept` writes the new sums into the
 * manifest instead, after a version in it was changed. Names after the options limit the run to these grammars.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Grammar {
  package: string;
  version: string;
  licence: string;
  sha256: string;
  /** The grammar in the package, or … */
  file?: string;
  /** … what it is built from, for packages without one. */
  sources?: string[];
}

const folder = fileURLToPath(new URL('../grammars/', import.meta.url));
const manifestFile = join(folder, 'manifest.json');
const manifest = JSON.parse(readFileSync(manifestFile, 'utf8')) as Record<string, Grammar>;
const accept = process.argv.includes('--accept');
const wanted = process.argv.slice(2).filter(argument => !argument.startsWith('--'));

const work = mkdtempSync(join(tmpdir(), 'grammars-'));
try {
  for (const [name, grammar] of Object.entries(manifest)) {
    if (wanted.length === 0 || wanted.includes(name)) update(name, grammar);
  }
  if (accept) writeFileSync(manifestFile, `${JSON.stringify(manifest, undefined, 2)}\n`);
} finally {
  rmSync(work, { recursive: true, force: true });
}

function update(name: string, grammar: Grammar): void {
  const unpacked = unpack(grammar);
  const built = grammar.file ? join(unpacked, grammar.file) : build(name, unpacked, grammar.sources ?? []);
  if (!built) return;
  const sum = createHash('sha256').update(readFileSync(built)).digest('hex');
  if (sum !== grammar.sha256) {
    if (!accept) {
      const cause = grammar.file ? '' : ': another compiler version builds other bytes';
      console.error(`${name}: SHA-256 is ${sum}, the manifest says ${grammar.sha256}${cause}; left as it is`);
      process.exitCode = 1;
      return;
    }
    grammar.sha256 = sum;
  }
  copyFileSync(built, join(folder, `${name}.wasm`));
  console.log(`${name}: ${grammar.package}@${grammar.version}`);
}

/** Folder with the package's files; `npm pack` runs none of its scripts. */
function unpack({ package: id, version }: Grammar): string {
  const into = mkdtempSync(join(work, 'package-'));
  const args = ['pack', `${id}@${version}`, '--json', '--silent', '--pack-destination', into];
  const packed = JSON.parse(
    execFileSync('npm', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
  ) as {
    filename: string;
  }[];
  const archive = packed[0]!.filename.replace(/^@/, '').replace('/', '-');
  execFileSync('tar', ['-xzf', join(into, archive), '-C', into]);
  return join(into, 'package');
}

/** Compiles a grammar as `tree-sitter build --wasm` does: a side module that imports its C library. */
function build(name: string, unpacked: string, sources: readonly string[]): string | undefined {
  const target = join(unpacked, `${name}.wasm`);
  const flags = [
    '--target=wasm32-unknown-wasi',
    '-fPIC',
    '-shared',
    '-Os',
    '-std=c11',
    `-Wl,--export=tree_sitter_${name}`,
    '-Wl,--allow-undefined',
    '-Wl,--no-entry',
    '-Wl,--experimental-pic',
    '-nostdlib',
    '-fno-exceptions',
    '-fvisibility=hidden',
    '-I',
    'src',
    '-o',
    target,
  ];
  const compiler = process.env.CLANG ?? 'clang-19';
  try {
    execFileSync(compiler, [...flags, ...sources], { cwd: unpacked, stdio: ['ignore', 'ignore', 'pipe'] });
    return target;
  } catch (error) {
    console.error(
      (error as NodeJS.ErrnoException).code === 'ENOENT'
        ? `${name}: needs ${compiler} to build it; on Debian: apt-get install clang-19 lld-19 wasi-libc`
        : `${name}: ${String((error as { stderr?: Buffer }).stderr ?? error)}`,
    );
    process.exitCode = 1;
    return undefined;
  }
}
