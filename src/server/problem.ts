import { type ErrorCode, QuarryError } from '../core/errors.ts';

/** An error as RFC 9457 has it. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  /** What to do about it. */
  hint?: string;
  /** Where in the query, from 1, as people count characters. */
  column?: number;
  requestId: string;
}

/** The last part of `type`. */
export type ProblemKind =
  | 'bad-request'
  | 'bad-query'
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'method-not-allowed'
  | 'gone'
  | 'too-large'
  | 'unsupported-type'
  | 'misdirected'
  | 'too-many'
  | 'headers-too-large'
  | 'timeout'
  | 'internal'
  | 'unsupported'
  | 'busy'
  | 'deadline'
  | 'no-space';

const kinds: Record<ProblemKind, readonly [title: string, status: number]> = {
  'bad-request': ['The request is not understood', 400],
  'bad-query': ['The query is not understood', 400],
  unauthorized: ['A token is needed', 401],
  forbidden: ['Not allowed', 403],
  'not-found': ['Not found', 404],
  'method-not-allowed': ['The method is not known here', 405],
  gone: ['The file cannot be read any more', 410],
  'too-large': ['The body is too large', 413],
  'unsupported-type': ['The body is not JSON', 415],
  misdirected: ['The host name is not one of this server', 421],
  'too-many': ['Too many requests', 429],
  'headers-too-large': ['The header is too large', 431],
  timeout: ['The request was not sent in time', 408],
  internal: ['An error in the server', 500],
  unsupported: ['Not possible here', 501],
  busy: ['Busy', 503],
  deadline: ['Not done in time', 504],
  'no-space': ['No space left', 507],
};

/** An expected failure of a request that no QuarryError stands for. */
export class RequestError extends Error {
  readonly kind: ProblemKind;
  readonly hint: string | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(kind: ProblemKind, message: string, hint?: string, headers: Record<string, string> = {}) {
    super(message);
    this.name = 'RequestError';
    this.kind = kind;
    this.hint = hint;
    this.headers = headers;
  }
}

export function problem(kind: ProblemKind, detail: string, requestId: string, hint?: string): Problem {
  const [title, status] = kinds[kind];
  return {
    type: `urn:quarry:problem:${kind}`,
    title,
    status,
    detail: detail.replace(/\s*\n\s*/g, ' '),
    ...(hint === undefined ? {} : { hint }),
    requestId,
  };
}

const kindOfCode: Record<ErrorCode, ProblemKind> = {
  usage: 'bad-request',
  'not-found': 'not-found',
  unsupported: 'unsupported',
  unreadable: 'gone',
  busy: 'busy',
  format: 'internal',
  corrupt: 'internal',
  'no-space': 'no-space',
  aborted: 'deadline',
};

/** Any error as a problem, and headers that go with it. Of unexpected ones nothing is told. */
export function problemOf(
  error: unknown,
  requestId: string,
): { problem: Problem; headers: Readonly<Record<string, string>>; isExpected: boolean } {
  if (error instanceof RequestError)
    return {
      problem: problem(error.kind, error.message, requestId, error.hint),
      headers: error.headers,
      isExpected: true,
    };
  if (error instanceof QuarryError) {
    const column = columnOf(error);
    const kind = column === undefined ? kindOfCode[error.code] : 'bad-query';
    const found = problem(kind, error.message, requestId, error.hint);
    if (column !== undefined) found.column = column;
    const headers: Record<string, string> = error.code === 'busy' ? { 'retry-after': '1' } : {};
    return { problem: found, headers, isExpected: found.status !== 500 };
  }
  const fromFramework = frameworkProblem(error, requestId);
  if (fromFramework) return { problem: fromFramework, headers: {}, isExpected: true };
  return {
    problem: problem('internal', 'something went wrong in the server', requestId, 'its log says what'),
    headers: {},
    isExpected: false,
  };
}

/** Errors of the query language know where they are; of its folder nothing is imported here. */
function columnOf(error: QuarryError): number | undefined {
  const { column } = error as { column?: unknown };
  return typeof column === 'number' ? column : undefined;
}

interface FrameworkError {
  code?: string;
  statusCode?: number;
  message: string;
  validation?: Array<{ instancePath: string; message?: string; params?: Record<string, unknown> }>;
  validationContext?: string;
}

const kindOfStatus: Record<number, ProblemKind> = {
  400: 'bad-request',
  404: 'not-found',
  408: 'timeout',
  413: 'too-large',
  415: 'unsupported-type',
  429: 'too-many',
  431: 'headers-too-large',
};

function frameworkProblem(error: unknown, requestId: string): Problem | undefined {
  if (!(error instanceof Error)) return undefined;
  const { validation, validationContext, statusCode = 500, message } = error as FrameworkError;
  if (validation?.[0])
    return problem('bad-request', validationDetail(validation[0], validationContext), requestId);
  const kind = kindOfStatus[statusCode];
  return kind && problem(kind, message, requestId);
}

type Validation = NonNullable<FrameworkError['validation']>[number];

/** `limit must be <= 100`, `unknown field "limt"`. */
function validationDetail({ instancePath, message, params }: Validation, context = 'request'): string {
  const where = instancePath.slice(1).replaceAll('/', '.');
  const place = context === 'querystring' ? 'parameter' : 'field';
  const additional = params?.['additionalProperty'];
  if (typeof additional === 'string') return `unknown ${place} ${JSON.stringify(additional.slice(0, 100))}`;
  const allowed = params?.['allowedValues'];
  const choices = Array.isArray(allowed) ? `: ${allowed.join(', ')}` : '';
  return `${where === '' ? (context === 'body' ? 'the body' : context) : where} ${message ?? 'is not valid'}${choices}`;
}
