import type { Role } from '../core/unit.ts';

/*
 * A role is told from the path alone, except for generated code, which often says so in its first lines. Names
 * are conventions, so each rule is as narrow as real repositories allow; what is in doubt stays `source`, because a
 * wrongly demoted implementation costs more than a test ranked too high. Decisions worth knowing:
 *
 * - `testing/` is no test folder: numpy.testing, Go's testing packages and the like are libraries.
 * - In Python a folder `test` inside a package holds tests only where the file names say so: django/test is a library.
 * - Java's and Kotlin's `src/main` holds no tests, whatever the class is called (`TTest`, `HypothesisTest`).
 * - `spec/` is a test folder for code, not for OpenAPI or other specifications.
 * - `vendor` in a Java package, and a `vendor.service.ts` in such a folder, are about a shop's or database's vendors.
 * - `external/` and `deps/` count as vendored at the top of the tree only; `src/external` is usually own code.
 *   Test modules (`exposed-tests/src/main`) are an exception.
 * - A README between tests is documentation, any other text there belongs to the tests.
 * - Benchmarks and examples are `source`.
 */

/**
 * What a file is for. `path` is relative to the tree's root with `/`; `head` is the beginning of its text, of which
 * the first 20 lines count.
 */
export function roleOf(path: string, head: string): Role {
  const slash = path.lastIndexOf('/');
  const folder = slash < 0 ? '' : `/${path.slice(0, slash)}/`;
  const file = path.slice(slash + 1);
  if (isVendored(folder, file)) return 'vendored';
  if (generatedName.test(file) || lockFile.test(file) || generatedFolder.test(folder)) return 'generated';
  if (builtFolder.test(folder) && builtName.test(file)) return 'generated';
  if (fixtureFolder.test(folder)) return 'test';
  const test = isTest(folder, file);
  // Among tests, texts are what the tests read, unless they are there for people.
  if (test ? isNotice(file) : isDocs(folder, file)) return 'docs';
  if (saysGenerated(head)) return 'generated';
  return test ? 'test' : 'source';
}

const vendoredFolder =
  /\/(?:node_modules|bower_components|jspm_packages|third[_-]?party|3rd[_-]?party|vendored|_vendor|_vendored|site-packages|dist-packages|Pods|Carthage|Godeps|\.yarn)\//;
const vendorFolder = /\/vendor\//;
const vendoredAtTop = /^\/(?:external|externals|extern|deps)\/[^/]+\//;
const vendoredName = /[.-]min\.(?:js|css|mjs|cjs)$|^(?:gradlew|gradlew\.bat|mvnw|mvnw\.cmd|\.pnp\.[cm]?js)$/;
const libraryNames =
  '(?:jquery(?:[.-]ui|[.-]migrate)?|bootstrap|angular|react(?:-dom)?|vue|d3|lodash|underscore|backbone|moment|three|ember|handlebars|modernizr|mootools|knockout|require|normalize|font-?awesome|highlight|codemirror|mathjax|katex)';
const versionedLibrary = new RegExp(
  `^${libraryNames}[.-]v?\\d+(?:\\.(?:\\d+|x))*(?:[.-](?:slim|bundle|full|all|custom))*\\.(?:js|css)$`,
  'i',
);
const bundledLibrary = new RegExp(`^${libraryNames}(?:[.-](?:slim|bundle|pack))*\\.(?:js|css)$`, 'i');
const assetFolder = /\/(?:static|_static|assets|public|wwwroot|javascripts|stylesheets)\//;

function isVendored(folder: string, file: string): boolean {
  if (vendoredFolder.test(folder) || vendoredAtTop.test(folder) || vendoredName.test(file)) return true;
  // A shop has vendors too, and so has a database layer: `vendor/vendor.service.ts` is its own code.
  if (vendorFolder.test(folder) && !javaMain.test(folder) && !/^vendor/i.test(file)) return true;
  return versionedLibrary.test(file) || (assetFolder.test(folder) && bundledLibrary.test(file));
}

const lockFile =
  /^(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?|deno\.lock|Cargo\.lock|go\.sum|go\.work\.sum|composer\.lock|Gemfile\.lock|poetry\.lock|Pipfile\.lock|pdm\.lock|uv\.lock|mix\.lock|pubspec\.lock|flake\.lock|Podfile\.lock|Package\.resolved|packages\.lock\.json|gradle\.lockfile|\.terraform\.lock\.hcl|conan\.lock|Manifest\.toml|stack\.yaml\.lock|MODULE\.bazel\.lock)$/;
const generatedName =
  /(?:_pb2|_pb2_grpc)\.pyi?$|\.pb(?:\.gw|\.validate)?\.(?:go|cc|h|c|rs|swift|dart)$|_(?:grpc_)?pb\.(?:js|ts|d\.ts)$|\.pb(?:enum|json|server|grpc)\.dart$|\.(?:g|freezed|gr|mocks|config)\.dart$|\.designer\.(?:cs|vb)$|\.g(?:\.i)?\.cs$|[._-]generated\.(?!mdx?$|rst$|html?$)[a-z]+$|^zz_generated[._]|\.gen\.(?:go|ts|tsx|js|rs|py)$|^(?:moc|qrc)_.+\.cpp$|^ui_.+\.h$|\.(?:js|css|mjs|cjs|ts)\.map$|\.pbxproj$|^bindata\.go$|^y\.tab\.[ch]$|^lex\.yy\.c$|\.tsbuildinfo$/i;
const generatedFolder = /\/(?:__generated__|generated|generated-sources|auto-?generated)\//i;
/** Output of JavaScript builds that is committed. */
const builtFolder = /\/dist\//;
const builtName = /\.(?:js|cjs|mjs|css|d\.[cm]?ts)$/;

const fixtureFolder =
  /\/(?:__fixtures__|fixtures|testdata|test[-_]data|testFixtures|test[-_]fixtures|testResources|test[-_]resources|test[-_]files|__snapshots__|__mocks__)\//;

const proseName = /\.(?:md|mdx|markdown|rst|adoc|asciidoc|org|pod|rdoc|texi|texinfo|textile|wiki|mkd)$/i;
const textName = /\.(?:txt|text)$/i;
/** Text files that tools read. */
const toolText =
  /^(?:CMakeLists|requirements[\w.-]*|constraints[\w.-]*|robots|humans|version|[\w.-]*requirements|conanfile|meson_options|dependencies|wordlist|words|dictionary)\.txt$/i;
const noticeName =
  /^(?:readme|change(?:log|s)|licen[cs]e|copying|notices?|authors|contribut(?:ors|ing)|maintainers|code_of_conduct)(?:[.-](?:mit|apache|bsd|gpl|lgpl|mpl|2\.0|txt|html))*$/i;
/** In small letters these are scripts: `scripts/install`. */
const upperNoticeName =
  /^(?:HISTORY|NEWS|CREDITS|SECURITY|SUPPORT|INSTALL|TODO|THANKS|ROADMAP|GOVERNANCE|PATENTS|UPGRADING|MIGRATING|FAQ)(?:\.txt)?$/;
const docsFolder = /\/(?:docs?|documentation|man|manual|wiki)\//i;
const docsPage = /\.(?:html?|tex|[1-9])$/i;

function isDocs(folder: string, file: string): boolean {
  if (proseName.test(file) || isNotice(file)) return true;
  if (textName.test(file)) return !toolText.test(file);
  return docsFolder.test(folder) && docsPage.test(file);
}

/** A README, a licence and the like. */
function isNotice(file: string): boolean {
  const stem = file.replace(proseName, '');
  return noticeName.test(stem) || upperNoticeName.test(stem);
}

const testFolder =
  /\/(?:tests|__tests__|__test__|[Uu]nit[_-]?[Tt]ests|unit[_-]test|[Ii]ntegration[_-]?[Tt]ests?|functional[_-]?tests?|e2e|e2e-tests|cypress|Tests|[A-Z]\w*(?:\.\w+)*\.(?:\w*Tests?|Specs)|[A-Z]\w*Tests|test_?utils?|testutils?|test-utils|test_?helpers?|test-helpers|testsuites?|src\/[a-z]+Test|regression[_-]?tests?|[\w.-]+-tests|tests-[\w-]+)\//;
const singularTestFolder = /\/[Tt]est\//;
/** Perl's folder for tests, and git's. */
const perlFolder = /^\/x?t\//;
const specFolder = /\/specs?\//;
const javaMain = /\/src\/(?:\w+M|m)ain\//;
const testModule = /\/(?:[\w.-]+-)?tests\/(?:.*\/)?src\//;
/** Languages whose tests, outside of test folders, lie in none of these. */
const sourceFolder = /\/(?:src|app|lib)\//;
const testInSourceFolder = /Test\.php$|^tests?\.[cm]?[jt]sx?$/;
const testName = new RegExp(
  [
    '^test_.+\\.(?:py|rb|c|cc|cpp|cxx|jl|ml|lua|nim|sh|rs|zig)$',
    '_(?:unit|int|integration)?_?tests?\\.(?:py|go|rb|rs|c|cc|cpp|cxx|h|dart|exs?|cljs?|cljc|jl|ml|lua|nim|zig|ts|js|tsx|jsx|php|sh|erl)$',
    '_unittests?\\.(?:c|cc|cpp|cxx|h|mm)$',
    '_spec\\.(?:rb|lua|cr|js|ts|coffee|exs?)$',
    '[.-](?:test|tests|spec|specs|e2e|cy|unit)\\.(?:[cm]?[jt]sx?|coffee|vue|svelte|dart|R|r)$',
    '^(?:tests?|conftest)\\.py$',
    '^tests?\\.(?:[cm]?[jt]sx?|rs)$',
    '^(?:spec|test|rails)_helper\\.rb$',
    '^test-.+\\.[Rr]$',
    '^runtests\\.jl$',
    '.(?:Tests?|TestCase|TestSuite|IT)\\.(?:java|kt|kts|groovy|scala|cs|fs|vb|swift|php|m|mm|cpp|cc|hs|dart)$',
    '.(?:Spec|Suite)\\.(?:scala|kt|groovy|hs|swift|cs)$',
    '_SUITE\\.erl$',
    '\\.(?:bats|snap|t)$',
    '^(?:jest|vitest|karma|test)[.-]setup\\.[cm]?[jt]s$',
    '^setupTests\\.[jt]sx?$',
  ].join('|'),
);
const pythonTestSupport = /^(?:__init__|conftest|tests?|test_.+|.+_tests?)\.py$/;

function isTest(folder: string, file: string): boolean {
  if (javaMain.test(folder)) return testModule.test(folder);
  if (testFolder.test(folder) || perlFolder.test(folder)) return true;
  if (testName.test(file)) return !(testInSourceFolder.test(file) && sourceFolder.test(folder));
  if (specFolder.test(folder) && /\.(?:rb|[cm]?[jt]sx?|cr|lua|coffee)$/.test(file)) return true;
  if (!singularTestFolder.test(folder)) return false;
  return !file.endsWith('.py') || /^\/[Tt]est\//.test(folder) || pythonTestSupport.test(file);
}

/** Lines in which a generator says what it made: comments, or a sentence at the start of a docstring's line. */
const generatedLine = new RegExp(
  [
    '\\bcode generated\\b.*\\bdo not (?:edit|modify)',
    '\\bdo not (?:edit|modify)\\b.*\\b(?:generated|autogenerated)\\b',
    '\\b(?:generated|autogenerated)\\b.*\\bdo not (?:edit|modify)',
    '<auto-?generated',
    '^\\W*@generated\\b',
    '@generated (?:by|from)\\b',
    '\\bgenerated by the protocol buffer compiler\\b',
    '\\bautogenerated by\\b',
    '^\\W*(?:this|the) (?:file|code|class|module|source|header|document) (?:is|was|has been) (?:auto(?:matically)?[ -]?|machine[ -]?|programmatically )?generated\\b',
    '^\\W*(?:auto(?:matically)?[ -]?|machine[ -]?)generated (?:by|from|code|using|with)\\b',
  ].join('|'),
  'i',
);
/** In small letters this is the rest of a sentence. */
const generatedSentence =
  /^\W*(?:Generated|GENERATED) (?:(?:code|file|CODE|FILE) )?(?:by|from|using|with|BY|FROM) \S/;
/** Made once by a generator and meant to be edited since. */
const scaffolded = /\binit\b|\bscaffold/i;
/** A comment, in whatever language, or plain words; never a string literal other than a docstring. */
const commentLine =
  /^\s*(?:\/\/|\/\*|\*|#(?!define|include)|--|;|%|<!--|\{-|\(\*|"""|'''|=begin|dnl\b|rem\b|(?:this|the)\b)/i;

function saysGenerated(head: string): boolean {
  if (!/generated/i.test(head)) return false;
  return head
    .split('\n', 20)
    .some(
      line =>
        line.length < 500 &&
        commentLine.test(line) &&
        (generatedLine.test(line) || generatedSentence.test(line)) &&
        !scaffolded.test(line),
    );
}
