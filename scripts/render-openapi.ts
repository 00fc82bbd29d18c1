import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { answerSchemas } from '../src/server/queries/answer-schemas.ts';
import type { Properties } from '../src/server/queries/json-schema.ts';
import {
  type AnswerDeclaration,
  type RouteDeclaration,
  routeDeclarations,
} from '../src/server/queries/route-declarations.ts';

const manifest = join(import.meta.dirname, '..', 'package.json');

/** `docs/openapi.json`: the HTTP API of an instance, made from the routes that serve it. */
export function renderOpenApi(): string {
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  const document = {
    openapi: '3.1.0',
    info: {
      title: 'Millrace',
      version,
      description:
        'Queries of the stores of applications, and what instances do. Any instance answers for all: it asks the one that has the key. Answers of NDJSON have a line of JSON for each entry; the schema is that of a line. An answer that breaks off was not complete. Made by `npm run docs` from `src/server/queries/`; do not edit.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: 'http://127.0.0.1:8080' }],
    security: [{ bearer: [] }, {}],
    paths: Object.fromEntries(
      Object.entries<RouteDeclaration>(routeDeclarations).flatMap(([name, declared]) => pathsOf(name, declared)),
    ),
    components: {
      schemas: answerSchemas,
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: 'Where `httpToken` is given.' } },
    },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function pathsOf(name: string, declared: RouteDeclaration): [string, object][] {
  const short: [string, object] = [openApiPath(declared.path), { get: operation(name, declared) }];
  if (!declared.isOfApplication) return [short];
  const application = { application: { type: 'string', description: 'The name of the application.' } } as const;
  const named = { ...declared, params: { ...application, ...declared.params } };
  const path = openApiPath(`/applications/:application${declared.path}`);
  return [short, [path, { get: operation(`${name}OfApplication`, named) }]];
}

function operation(operationId: string, declared: RouteDeclaration): object {
  const { summary, description, isOfApplication, isOpen, params = {}, query = {}, headers = {}, answers } = declared;
  const denied: AnswerDeclaration = {
    description: 'The token is missing or another.',
    contentType: 'application/json',
    schema: { $ref: '#/components/schemas/Unauthorized' },
  };
  const all = isOpen === true ? answers : { ...answers, 401: denied };
  return {
    operationId,
    summary,
    ...(description === undefined ? {} : { description }),
    tags: [isOfApplication ? 'application' : 'instance'],
    ...(isOpen === true ? { security: [{}] } : {}),
    parameters: [...parameters('path', params), ...parameters('query', query), ...parameters('header', headers)],
    responses: Object.fromEntries(Object.entries(all).map(([status, answer]) => [status, response(status, answer)])),
  };
}

function parameters(place: 'path' | 'query' | 'header', properties: Properties): object[] {
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: place,
    ...(place === 'path' ? { required: true } : {}),
    ...(description === undefined ? {} : { description }),
    schema,
  }));
}

function response(status: string, { description, contentType, schema }: AnswerDeclaration): object {
  const retry = { description: 'When to ask again.', schema: { type: 'integer' } };
  return {
    description,
    ...(status === '503' ? { headers: { 'Retry-After': retry } } : {}),
    content: { [contentType]: { schema } },
  };
}

function openApiPath(path: string): string {
  return path.replaceAll(/:(\w+)/g, '{$1}');
}
