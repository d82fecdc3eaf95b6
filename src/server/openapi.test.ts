import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from './server.testing.ts';

interface Operation {
  operationId?: string;
  summary?: string;
  parameters?: Array<{ name: string; in: string; schema?: object; required?: boolean }>;
  requestBody?: { content: Record<string, { schema?: object }> };
  responses: Record<string, { description?: string; content?: Record<string, { schema?: object }> }>;
}
interface Document {
  openapi: string;
  info: { title: string; version: string };
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object>; securitySchemes: Record<string, object> };
}

let server: TestServer;
let document: Document;

beforeAll(async () => {
  server = await startTestServer({ files: {}, isUpdated: false });
  document = (await (await server.get('/openapi.json')).json()) as Document;
});
afterAll(async () => server.remove());

const methods = new Set(['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace']);
const operations = () =>
  Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
  );

/** All references below a value. */
function references(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) =>
    key === '$ref' && typeof child === 'string' ? [child] : references(child),
  );
}

/** Whether a pointer leads somewhere. */
function resolves(pointer: string): boolean {
  if (!pointer.startsWith('#/')) return false;
  let at: unknown = document;
  for (const part of pointer.slice(2).split('/')) {
    if (typeof at !== 'object' || at === null) return false;
    at = (at as Record<string, unknown>)[part.replaceAll('~1', '/').replaceAll('~0', '~')];
  }
  return at !== undefined;
}

test('is an OpenAPI 3.1 document: head, paths, operations', () => {
  expect(document.openapi).toMatch(/^3\.1\.\d+$/);
  expect(document.info).toMatchObject({ title: 'Quarry', version: '0.0.0' });
  const ids = operations().map(({ operation }) => operation.operationId);
  expect(ids).toEqual([...new Set(ids)]);
  expect(ids.toSorted()).toEqual([
    'file',
    'related',
    'search',
    'searchByAddress',
    'status',
    'symbols',
    'update',
  ]);
  for (const { path, method, operation } of operations()) {
    expect(path).toMatch(/^\//);
    expect(methods).toContain(method);
    expect(operation.summary).toBeTruthy();
    expect(Object.keys(operation.responses)).toContain('default');
    for (const [status, response] of Object.entries(operation.responses)) {
      expect(status).toMatch(/^([1-5]\d\d|default)$/);
      expect(response.description).toBeTruthy();
      expect(Object.keys(response.content ?? {})).toHaveLength(1);
    }
  }
});

test('parameters are those of their path, or of the query', () => {
  for (const { path, operation } of operations()) {
    const named = [...path.matchAll(/\{([^}]+)\}/g)].map(match => match[1]!);
    const inPath = (operation.parameters ?? []).filter(one => one.in === 'path');
    expect(inPath.map(one => one.name)).toEqual(named);
    for (const parameter of operation.parameters ?? []) {
      expect(['path', 'query']).toContain(parameter.in);
      expect(parameter.schema).toBeDefined();
      if (parameter.in === 'path') expect(parameter.required).toBe(true);
    }
  }
});

test('every reference leads somewhere, and every schema is used', () => {
  const all = references(document);
  expect(all.length).toBeGreaterThan(5);
  expect(all.filter(pointer => !resolves(pointer))).toEqual([]);
  for (const name of Object.keys(document.components.schemas))
    expect(all).toContain(`#/components/schemas/${name}`);
});

test('says what a search takes', () => {
  const { schema } = document.paths['/v1/search']!['post']!.requestBody!.content['application/json']!;
  expect(schema).toMatchObject({
    additionalProperties: false,
    required: ['query'],
    properties: { limit: { type: 'integer', minimum: 1, maximum: 100, default: 10 } },
  });
});
