import type { FastifyInstance } from 'fastify';
import type { Registry } from '../../registry/registry.ts';
import { REGISTRY_ERRORS, RegistryError } from '../../registry/registry-error.ts';
import { compatibilityIn, flagOf, modeIn } from './request-parts.ts';

interface Subject {
  readonly subject: string;
}

/** Compatibility levels and modes, of a subject or of all. */
export function addSettingRoutes(app: FastifyInstance, registry: Registry): void {
  addCompatibilityLevels(app, registry);
  addModes(app, registry);
}

function addCompatibilityLevels(app: FastifyInstance, registry: Registry): void {
  const { state } = registry;
  app.get('/config', () => ({ compatibilityLevel: state.ownCompatibility(null) }));
  app.get<{ Params: Subject }>('/config/:subject', ({ params: { subject }, query }) => {
    const level = flagOf(query, 'defaultToGlobal') ? state.compatibility(subject) : state.ownCompatibility(subject);
    if (level !== undefined) return { compatibilityLevel: level };
    throw new RegistryError(
      REGISTRY_ERRORS.COMPATIBILITY_NOT_CONFIGURED,
      `Subject '${subject}' does not have subject-level compatibility configured`,
    );
  });
  const put = async (subject: string | null, body: unknown): Promise<object> => {
    const compatibility = compatibilityIn(body);
    await registry.setCompatibility(subject, compatibility);
    return { compatibility };
  };
  app.put('/config', ({ body }) => put(null, body));
  app.put<{ Params: Subject }>('/config/:subject', ({ params, body }) => put(params.subject, body));
  const remove = async (subject: string | null): Promise<object> => {
    const before = state.ownCompatibility(subject);
    await registry.setCompatibility(subject, null);
    return { compatibilityLevel: before ?? state.ownCompatibility(null) };
  };
  app.delete('/config', () => remove(null));
  app.delete<{ Params: Subject }>('/config/:subject', ({ params }) => remove(params.subject));
}

function addModes(app: FastifyInstance, registry: Registry): void {
  const { state } = registry;
  app.get('/mode', () => ({ mode: state.ownMode(null) }));
  app.get<{ Params: Subject }>('/mode/:subject', ({ params: { subject }, query }) => {
    const mode = flagOf(query, 'defaultToGlobal') ? state.mode(subject) : state.ownMode(subject);
    if (mode !== undefined) return { mode };
    throw new RegistryError(
      REGISTRY_ERRORS.MODE_NOT_CONFIGURED,
      `Subject '${subject}' does not have subject-level mode configured`,
    );
  });
  const put = async (subject: string | null, { body, query }: { body: unknown; query: unknown }): Promise<object> => {
    const mode = modeIn(body);
    await registry.setMode(subject, mode, { force: flagOf(query, 'force') });
    return { mode };
  };
  app.put('/mode', (request) => put(null, request));
  app.put<{ Params: Subject }>('/mode/:subject', (request) => put(request.params.subject, request));
  const remove = async (subject: string | null): Promise<object> => {
    const before = state.ownMode(subject);
    await registry.setMode(subject, null);
    return { mode: before ?? state.ownMode(null) };
  };
  app.delete('/mode', () => remove(null));
  app.delete<{ Params: Subject }>('/mode/:subject', ({ params }) => remove(params.subject));
}
