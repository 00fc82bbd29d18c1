import type { FastifyInstance } from 'fastify';
import { SCHEMA_CHECKS } from '../../registry/compatibility/schema-checks.ts';
import type { Registry } from '../../registry/registry.ts';
import { REGISTRY_ERRORS, RegistryError } from '../../registry/registry-error.ts';
import { schemaJson, versionIn, versionJson } from '../../registry/schema-json.ts';
import { flagOf, formatOf } from './request-parts.ts';

interface Id {
  readonly id: string;
}

/** Schemas by id, and all of them. */
export function addSchemaRoutes(app: FastifyInstance, registry: Registry): void {
  // The only one there is, by its name.
  app.get('/contexts', () => ['.']);
  app.get('/schemas/types', () => Object.keys(SCHEMA_CHECKS));
  app.get<{ Params: Id }>('/schemas/ids/:id', ({ params, query }) =>
    schemaJson(registry.formatted(registry.schemaById(idOf(params)), formatOf(query))),
  );
  app.get<{ Params: Id }>('/schemas/ids/:id/schema', ({ params, query }, reply) =>
    reply.send(registry.formatted(registry.schemaById(idOf(params)), formatOf(query)).schema),
  );
  app.get<{ Params: Id }>('/schemas/ids/:id/subjects', ({ params, query }) => [
    ...new Set(usesOf(registry, params, query).map(({ subject }) => subject)),
  ]);
  app.get<{ Params: Id }>('/schemas/ids/:id/versions', ({ params, query }) =>
    usesOf(registry, params, query).map(({ subject, version }) => ({ subject, version })),
  );
  app.get('/schemas', ({ query }) => {
    const withDeleted = flagOf(query, 'deleted');
    const { subjectPrefix = '' } = query as { subjectPrefix?: string };
    const subjects = registry.state.subjects({ withDeleted }).filter((subject) => subject.startsWith(subjectPrefix));
    const versions = subjects.map((subject) => registry.versions(subject, { withDeleted }));
    return versions
      .flatMap((all) => (flagOf(query, 'latestOnly') ? all.slice(-1) : all))
      .map((value) => versionJson(versionIn(value)));
  });
}

function usesOf(registry: Registry, params: Id, query: unknown): ReturnType<Registry['state']['usesOf']> {
  registry.schemaById(idOf(params));
  return registry.state.usesOf(idOf(params), { withDeleted: flagOf(query, 'deleted') });
}

function idOf({ id }: Id): number {
  if (/^\d+$/.test(id)) return Number(id);
  throw new RegistryError(REGISTRY_ERRORS.SCHEMA_NOT_FOUND, `Schema ${id} not found`);
}
