import type { FastifyInstance } from 'fastify';
import type { Registry } from '../../registry/registry.ts';
import { definitionIn, flagOf, versionOf } from './request-parts.ts';

/** Whether a schema may follow, without registering it. */
export function addCompatibilityRoutes(app: FastifyInstance, registry: Registry): void {
  app.post<{ Params: { subject: string; version: string } }>(
    '/compatibility/subjects/:subject/versions/:version',
    ({ params, query, body }) =>
      answer(registry.incompatibilities(params.subject, definitionIn(body), versionOf(params.version)), query),
  );
  app.post<{ Params: { subject: string } }>('/compatibility/subjects/:subject/versions', ({ params, query, body }) =>
    answer(registry.incompatibilities(params.subject, definitionIn(body)), query),
  );
}

function answer(found: readonly string[], query: unknown): object {
  return { is_compatible: found.length === 0, ...(flagOf(query, 'verbose') ? { messages: found } : {}) };
}
