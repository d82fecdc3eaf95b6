import { QuarryError } from '../../core/errors.ts';
import { type Json, saysStatic } from '../external/folder.ts';
import { bodyText, get, type HttpOptions, type Response } from './http.ts';

export const officialHub = 'https://huggingface.co';

/** A model on a hub, and what of it. */
export interface ModelAddress {
  /** `owner/name`. */
  readonly id: string;
  /** A branch, tag or commit. */
  readonly revision: string;
  /** Begins every URL, without a slash at its end. */
  readonly endpoint: string;
}

/** A file of a model, with what its content must be. */
export interface HubFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Hex SHA-256, of big files; otherwise git's name of the content. */
  readonly sha256?: string;
  readonly blob?: string;
}

const elsewhere = 'fetch the model elsewhere and name the folder: --model ./folder';

/**
 * Takes apart `owner/name[@revision]`, or the address of a model's page. `QuarryError` 'usage' for anything else.
 */
export function parseAddress(text: string, endpoint: string = officialHub): ModelAddress {
  const part = '[A-Za-z0-9][\\w.-]*';
  const id = new RegExp(`^(${part}/${part})(?:@([\\w./-]+))?$`).exec(text);
  const base = endpoint.replace(/\/+$/, '');
  const url = URL.parse(base);
  if (!url || !/^https?:$/.test(url.protocol))
    throw new QuarryError('usage', `HF_ENDPOINT is no address: ${base}`, `for example ${officialHub}`);
  if (id && safe(id[2])) return { id: id[1]!, revision: id[2] ?? 'main', endpoint: base };
  const page = /^https?:/.test(text) ? URL.parse(text) : undefined;
  const path = page && new RegExp(`^/(${part}/${part})(?:/tree/([^/]+))?/?$`).exec(page.pathname);
  const revision = path?.[2] && decodeURIComponent(path[2]);
  if (path && safe(revision)) return { id: path[1]!, revision: revision ?? 'main', endpoint: page.origin };
  throw new QuarryError(
    'usage',
    `${JSON.stringify(text)} names no model`,
    'owner/name, owner/name@revision, or the address of its page; a folder needs no adding',
  );
}

function safe(revision: string | undefined): boolean {
  return revision === undefined || (/^[\w.-][\w./-]*$/.test(revision) && !revision.includes('..'));
}

/** The commit that a revision is now. */
export async function commitOf(address: ModelAddress, http: HttpOptions): Promise<string> {
  const { id, revision, endpoint } = address;
  const url = `${endpoint}/api/models/${id}/revision/${encodeURIComponent(revision)}`;
  const { body } = await getJson(url, address, http);
  const commit = (body as Json | null)?.['sha'];
  if (typeof commit === 'string' && /^[0-9a-f]{6,64}$/.test(commit)) return commit;
  throw new QuarryError('unreadable', `${endpoint} names no commit of ${id}`, 'is it a hub? see HF_ENDPOINT');
}

/** All files of a commit. Names that would lead out of a folder are refused. */
export async function filesOf(address: ModelAddress, commit: string, http: HttpOptions): Promise<HubFile[]> {
  const { id, endpoint } = address;
  const files: HubFile[] = [];
  let url: string | undefined = `${endpoint}/api/models/${id}/tree/${commit}?recursive=1`;
  for (let page = 0; url !== undefined && page < 100; page++) {
    const { body, next } = await getJson(url, address, http);
    if (!Array.isArray(body)) throw new QuarryError('unreadable', `${endpoint} lists no files of ${id}`);
    for (const entry of body as Json[]) {
      const { type, path, size, oid } = entry;
      if (type !== 'file' || typeof path !== 'string' || typeof size !== 'number') continue;
      if (/(^|[/\\])\.{1,2}([/\\]|$)|^[/\\]|[\0:]/.test(path))
        throw new QuarryError(
          'corrupt',
          `${id} has a file ${JSON.stringify(path)}, which is no name for a file`,
        );
      const lfs = entry['lfs'] as Json | undefined;
      const sum = lfs?.['oid'] ?? lfs?.['sha256'];
      files.push({
        path,
        size: typeof lfs?.['size'] === 'number' ? lfs['size'] : size,
        ...(typeof sum === 'string' ? { sha256: sum.replace(/^sha256:/, '') } : {}),
        ...(!lfs && typeof oid === 'string' && /^[0-9a-f]{40}$/.test(oid) ? { blob: oid } : {}),
      });
    }
    // Where the next page lies is the hub's to say, but on the hub itself: the token goes there.
    url =
      next === undefined || new URL(next, url).origin !== new URL(url).origin
        ? undefined
        : new URL(next, url).href;
  }
  return files;
}

/** A small file's content, parsed; undefined if it is not among the files. */
export async function readHubJson(
  path: string,
  files: readonly HubFile[],
  address: ModelAddress,
  commit: string,
  http: HttpOptions,
): Promise<unknown> {
  if (!files.some(file => file.path === path)) return undefined;
  return (await getJson(fileUrl(address, commit, path), address, http)).body;
}

export function fileUrl({ endpoint, id }: ModelAddress, commit: string, path: string): string {
  return `${endpoint}/${id}/resolve/${commit}/${path.split('/').map(encodeURIComponent).join('/')}`;
}

async function getJson(
  url: string,
  address: ModelAddress,
  http: HttpOptions,
): Promise<{ body: unknown; next: string | undefined }> {
  const response = await get(url, http);
  checkStatus(response, address, http.token !== undefined);
  const text = await bodyText(response, http.signal);
  try {
    const next = /<([^>]+)>\s*;\s*rel="?next"?/.exec(String(response.headers['link'] ?? ''))?.[1];
    return { body: JSON.parse(text) as unknown, next };
  } catch (cause) {
    throw webPage(url, text, cause);
  }
}

/** Throws for a status that is no success, in words for people. */
export function checkStatus(
  response: Response,
  { id, revision, endpoint }: ModelAddress,
  hasToken: boolean,
): void {
  const { statusCode: status = 0 } = response;
  if (status >= 200 && status < 300) return;
  response.resume();
  const shown = revision === 'main' ? id : `${id}@${revision}`;
  if (status === 401)
    throw new QuarryError(
      'not-found',
      `there is no model ${shown} at ${endpoint}, or it is private`,
      hasToken
        ? 'check the name, and whether HF_TOKEN may read it'
        : 'check the name; for a private one set HF_TOKEN',
    );
  if (status === 403)
    throw new QuarryError(
      'unreadable',
      `${endpoint} does not give ${shown} away (status 403)`,
      `accept its terms at ${endpoint}/${id} and set HF_TOKEN, or ${elsewhere}`,
    );
  if (status === 404)
    throw new QuarryError(
      'not-found',
      `there is no model ${shown} at ${endpoint}`,
      'check name and revision',
    );
  if (status === 429)
    throw new QuarryError('unreadable', `${endpoint} wants fewer requests`, 'wait a while, or set HF_TOKEN');
  throw new QuarryError(
    'unreadable',
    `${endpoint} answered with status ${status}`,
    `try again later, or ${elsewhere}`,
  );
}

/** The error for an answer that is not what was asked for: mostly a page to log in to a network. */
export function webPage(url: string, text: string, cause?: unknown): QuarryError {
  const isPage = /^\s*</.test(text);
  return new QuarryError(
    'unreadable',
    `${new URL(url).host} answered with ${isPage ? 'a web page' : 'something else'} in place of data`,
    `log in to this network, or ${elsewhere}`,
    { cause },
  );
}

/** The network in several precisions, the wanted kind first. */
const fullNames = ['onnx/model.onnx', 'model.onnx'];
const smallNames = /(^|\/)model_(quantized|int8|uint8|q8|quint8_\w+|qint8_\w+)\.onnx$/;
const others = [
  /^(config|tokenizer|tokenizer_config|special_tokens_map|modules|sentence_bert_config)\.json$/,
  /^config_sentence_transformers\.json$/,
  /^[^/]*_Pooling\/config\.json$/,
  /^0_StaticEmbedding\/(tokenizer\.json|model\.safetensors)$/,
  /^README\.md$/,
  /^LICEN[CS]E[^/]*$/i,
];

/**
 * The files that are needed to run a model; `config` and `modules` are the contents of its `config.json` and
 * `modules.json`. `QuarryError` 'not-found' if it has nothing that can be run here.
 */
export function neededFiles(
  id: string,
  files: readonly HubFile[],
  settings: { config: unknown; modules: unknown; quantized: boolean },
): HubFile[] {
  const small = files.filter(file => others.some(pattern => pattern.test(file.path)));
  const byName = (path: string) => files.find(file => file.path === path);
  let model: HubFile | undefined;
  if (saysStatic(settings.config as Json | undefined, settings.modules))
    model = byName('model.safetensors') ?? byName('0_StaticEmbedding/model.safetensors');
  else if (settings.quantized) {
    model = files.filter(file => smallNames.test(file.path)).sort((a, b) => rank(a.path) - rank(b.path))[0];
    if (!model) throw new QuarryError('not-found', `${id} has no quantised network`, 'leave --quantized out');
  } else model = fullNames.map(byName).find(file => file);
  if (!model) {
    const hasSmall = files.some(file => smallNames.test(file.path));
    throw new QuarryError(
      'not-found',
      `${id} has no network in the ONNX format${hasSmall ? ' but a quantised one' : ''}`,
      hasSmall
        ? 'add --quantized'
        : `export it: optimum-cli export onnx --model ${id} FOLDER, then --model ./FOLDER`,
    );
  }
  const { path } = model;
  if (files.some(file => file.path === `${path}_data` || file.path === `${path}.data`))
    throw new QuarryError(
      'format',
      `${id}: the weights of ${path} lie in a second file, which is not read`,
      'add --quantized if it has such a network, or save it as one file',
    );
  if (!small.some(file => file.path.endsWith('tokenizer.json')))
    throw new QuarryError(
      'not-found',
      `${id} has no tokenizer.json`,
      'save its fast tokenizer, then --model ./folder',
    );
  return [...small.filter(file => file.path !== path), model];
}

/** `model_quantized` runs everywhere; those for certain processors come last. */
function rank(path: string): number {
  return (
    ['quantized', 'int8', 'uint8', 'q8', 'quint8_avx2'].findIndex(kind => path.includes(`model_${kind}.`)) >>>
    0
  );
}
