import type { Language } from './language.ts';

/** id | name | extensions | file names | interpreters; languages without a grammar here: only blocks. */
const table = `
json | JSON | .json .jsonc .json5 .jsonl .ndjson .geojson .webmanifest .ipynb | .babelrc .eslintrc composer.lock |
yaml | YAML | .yaml .yml | .clang-format .clang-tidy |
toml | TOML | .toml | Cargo.lock poetry.lock uv.lock Pipfile |
ini | INI | .ini .cfg .conf .properties .desktop .service | .editorconfig .gitconfig .npmrc .pylintrc setup.cfg |
html | HTML | .html .htm .xhtml .j2 .jinja .jinja2 .hbs .handlebars .mustache .ejs .erb .twig .liquid | |
css | CSS | .css .scss .sass .less .styl .pcss | |
vue | Vue | .vue | |
svelte | Svelte | .svelte | |
astro | Astro | .astro | |
sql | SQL | .sql .ddl .psql .pgsql .plsql .tsql | |
xml | XML | .xml .xsd .xsl .xslt .svg .plist .csproj .fsproj .vbproj .props .targets .resx .xaml .wsdl .pom .storyboard | |
dockerfile | Dockerfile | .dockerfile | Dockerfile Containerfile |
makefile | Makefile | .mk .mak .make | Makefile GNUmakefile BSDmakefile Kbuild | make
just | Just | .just | Justfile | just
cmake | CMake | .cmake | CMakeLists.txt |
meson | Meson | | meson.build meson_options.txt |
starlark | Starlark | .bzl .star .bazel | BUILD WORKSPACE Tiltfile |
gradle | Gradle | .gradle | |
groovy | Groovy | .groovy .gvy | Jenkinsfile | groovy
protobuf | Protocol Buffers | .proto | |
thrift | Thrift | .thrift | |
graphql | GraphQL | .graphql .gql .graphqls | |
powershell | PowerShell | .ps1 .psm1 .psd1 | | pwsh powershell
batch | Batch | .bat .cmd | |
fish | fish | .fish | | fish
perl | Perl | .pl .pm .t .pod | cpanfile | perl
raku | Raku | .raku .rakumod .p6 .pm6 | | raku
prolog | Prolog | .pro .prolog .plt | | swipl
r | R | .r .rmd | .Rprofile | Rscript
julia | Julia | .jl | | julia
dart | Dart | .dart | | dart
objective-c | Objective-C | .m .mm | |
matlab | MATLAB | .matlab .mlx | | octave
vim | Vim script | .vim .vimrc | vimrc .vimrc |
nix | Nix | .nix | |
terraform | Terraform | .tf .tfvars .hcl | |
clojure | Clojure | .clj .cljs .cljc .edn .bb | | bb
erlang | Erlang | .erl .hrl .escript | rebar.config | escript
fsharp | F# | .fs .fsi .fsx | |
visual-basic | Visual Basic | .vb .bas .vbs | |
ocaml | OCaml | .ml .mli .mll .mly | | ocaml
reason | Reason | .re .rei | |
elm | Elm | .elm | |
purescript | PureScript | .purs | |
idris | Idris | .idr | |
agda | Agda | .agda .lagda | |
lean | Lean | .lean | |
coq | Rocq | .v .coq | |
crystal | Crystal | .cr | | crystal
d | D | .d .di | |
nim | Nim | .nim .nims .nimble | | nim
v | V | .vv .vsh | |
odin | Odin | .odin | |
fortran | Fortran | .f .f90 .f95 .f03 .f08 .for .f77 | |
cobol | COBOL | .cob .cbl .cpy | |
pascal | Pascal | .pas .pp .dpr .lpr | |
ada | Ada | .adb .ads | |
assembly | Assembly | .s .asm .nasm .S | |
lisp | Common Lisp | .lisp .lsp .cl .asd | | sbcl
emacs-lisp | Emacs Lisp | .el | .emacs |
scheme | Scheme | .scm .ss .sld .sls | | guile
racket | Racket | .rkt .rktl | | racket
tcl | Tcl | .tcl .tk | | tclsh wish
awk | AWK | .awk | | awk gawk mawk
solidity | Solidity | .sol | |
verilog | Verilog | .sv .svh .vh | |
vhdl | VHDL | .vhd .vhdl | |
glsl | GLSL | .glsl .vert .frag .comp .geom .hlsl .wgsl .metal | |
latex | LaTeX | .tex .sty .cls .bib | |
restructuredtext | reStructuredText | .rst | |
asciidoc | AsciiDoc | .adoc .asciidoc | |
org | Org | .org | |
diff | Diff | .diff .patch | |
csv | CSV | .csv .tsv | |
`;

const hints: Readonly<Record<string, Pick<Language, 'claims'>>> = {
  'objective-c': {
    claims: [{ extension: '.h', head: /^\s*(?:@(?:interface|protocol|class|import|end)\b|#\s*import\b)/m }],
  },
  matlab: {
    claims: [
      {
        extension: '.m',
        head: /^(?!#\s*(?:import|include)|[\s\S]*?^@(?:interface|implementation|import|protocol|class)\b)\s*(?:%|function\b|classdef\b|clc\b|clear\b|close all)/m,
      },
    ],
  },
  prolog: { claims: [{ extension: '.pl', head: /^\s*(?::-|[a-z]\w*\(.*\)\s*:-)/m }] },
  raku: { claims: [{ extension: '.t', head: /^\s*use v6\b/m }] },
  verilog: {
    claims: [{ extension: '.v', head: /^\s*(?:module\s+\w+\s*[(#;]|`(?:timescale|include|define)\b)/m }],
  },
};

function parseTable(): Language[] {
  return table
    .trim()
    .split('\n')
    .map(row => {
      const [id, name, extensions, filenames, interpreters] = row.split('|').map(cell => cell.trim());
      return {
        id: id!,
        name: name!,
        extensions: words(extensions).map(extension => extension.toLowerCase()),
        filenames: words(filenames),
        interpreters: words(interpreters),
        separator: '.',
        ...hints[id!],
      };
    });
}

function words(cell = ''): string[] {
  return cell.split(' ').filter(word => word !== '');
}

/** Languages that get an id, so that filters work, and blocks. */
export const plainLanguages: readonly Language[] = parseTable();
