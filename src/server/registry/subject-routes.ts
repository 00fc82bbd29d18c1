import type { FastifyInstance } from 'fastify';
import type { Registry } from '../../registry/registry.ts';
import type { SchemaValue } from '../../registry/registry-record.ts';
import { type VersionJson, versionIn, versionJson } from '../../registry/schema-json.ts';
import { definitionIn, flagOf, formatOf, importedAs, versionOf } from './request-parts.ts';

interface Subject {
  readonly subject: string;
}

interface Version extends Subject {
  readonly version: string;
}

/** Subjects and their versions. */
export function addSubjectRoutes(app: FastifyInstance, registry: Registry): void {
  addReading(app, registry);
  addWriting(app, registry);
}

function addReading(app: FastifyInstance, registry: Registry): void {
  app.get('/subjects', ({ query }) => {
    const { subjectPrefix = '' } = query as { subjectPrefix?: string };
    const visible = registry.state.subjects({ withDeleted: false });
    const isDeletedOnly = flagOf(query, 'deletedOnly');
    const all = isDeletedOnly || flagOf(query, 'deleted') ? registry.state.subjects({ withDeleted: true }) : visible;
    const chosen = isDeletedOnly ? all.filter((subject) => !visible.includes(subject)) : all;
    return chosen.filter((subject) => subject.startsWith(subjectPrefix));
  });
  app.get<{ Params: Subject }>('/subjects/:subject/versions', ({ params, query }) =>
    registry.versions(params.subject, { withDeleted: flagOf(query, 'deleted') }).map(({ version }) => version),
  );
  app.get<{ Params: Version }>('/subjects/:subject/versions/:version', ({ params, query }) =>
    answer(
      registry,
      registry.version(params.subject, versionOf(params.version), { withDeleted: flagOf(query, 'deleted') }),
      query,
    ),
  );
  app.get<{ Params: Version }>('/subjects/:subject/versions/:version/schema', ({ params, query }, reply) => {
    const withDeleted = flagOf(query, 'deleted');
    return reply.send(
      answer(registry, registry.version(params.subject, versionOf(params.version), { withDeleted }), query).schema,
    );
  });
  app.get<{ Params: Version }>('/subjects/:subject/versions/:version/referencedby', ({ params }) => {
    const { subject, version } = registry.version(params.subject, versionOf(params.version), { withDeleted: true });
    return registry.state.referrersOf(subject, version);
  });
  app.post<{ Params: Subject }>('/subjects/:subject', ({ params, query, body }) =>
    answer(
      registry,
      registry.lookUp(params.subject, definitionIn(body), { withDeleted: flagOf(query, 'deleted') }),
      query,
    ),
  );
}

function addWriting(app: FastifyInstance, registry: Registry): void {
  app.post<{ Params: Subject }>('/subjects/:subject/versions', async ({ params, body }) => ({
    id: await registry.register(params.subject, definitionIn(body), importedAs(body)),
  }));
  app.delete<{ Params: Subject }>('/subjects/:subject', ({ params, query }) =>
    registry.deleteSubject(params.subject, { permanent: flagOf(query, 'permanent') }),
  );
  app.delete<{ Params: Version }>('/subjects/:subject/versions/:version', async ({ params, query }, reply) => {
    const permanent = flagOf(query, 'permanent');
    const version = await registry.deleteVersion(params.subject, versionOf(params.version), { permanent });
    return reply.send(JSON.stringify(version));
  });
}

function answer(registry: Registry, value: SchemaValue, query: unknown): VersionJson {
  return versionJson({ ...versionIn(value), ...registry.formatted(versionIn(value), formatOf(query)) });
}
