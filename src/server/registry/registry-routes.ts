import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { BrokerRegistry } from '../../registry/broker-registry.ts';
import { REGISTRY_ERRORS, RegistryError } from '../../registry/registry-error.ts';
import { forwardToWriter, WRITE_METHODS } from './forward-to-writer.ts';
import { addCompatibilityRoutes } from './compatibility-routes.ts';
import { addSchemaRoutes } from './schema-routes.ts';
import { addSettingRoutes } from './setting-routes.ts';
import { addSubjectRoutes } from './subject-routes.ts';

/** Confluent's content types, besides `application/json`. */
const CONTENT_TYPES = [
  'application/vnd.schemaregistry.v1+json',
  'application/vnd.schemaregistry+json',
  'application/octet-stream',
];

/** The REST API of Confluent's Schema Registry: what its clients use. Whatever writes goes to the registry that writes. */
export function registryRoutes(registry: BrokerRegistry, bearerToken?: string): (app: FastifyInstance) => void {
  return (app) => {
    const parseJson = app.getDefaultJsonParser('ignore', 'ignore');
    app.removeContentTypeParser('application/json');
    app.addContentTypeParser(['application/json', ...CONTENT_TYPES], { parseAs: 'string' }, (request, body, done) => {
      // Some clients name a content type where they send none.
      if (body === '') done(null, undefined);
      else void parseJson(request, body as string, done);
    });
    app.addHook('onSend', async (_request, reply) => {
      reply.header('content-type', CONTENT_TYPES[0]);
    });
    app.addHook('preHandler', async (request, reply) => {
      if (!WRITE_METHODS.has(request.method) || isReadByPost(request)) return;
      const { writerUrl } = registry;
      if (writerUrl !== null) await forwardToWriter(writerUrl, { request, reply, bearerToken });
    });
    app.setErrorHandler(sendError);
    app.setNotFoundHandler((_request, reply) =>
      reply.code(404).send({ error_code: 404, message: 'HTTP 404 Not Found' }),
    );
    app.get('/', () => ({}));
    app.get('/v1/metadata/id', () => ({
      scope: { path: [], clusters: { 'schema-registry-cluster': 'millrace' } },
      id: '',
    }));
    addSubjectRoutes(app, registry.registry);
    addSchemaRoutes(app, registry.registry);
    addCompatibilityRoutes(app, registry.registry);
    addSettingRoutes(app, registry.registry);
  };
}

/** Looking up and comparing are posted, as the schema is in the body. */
function isReadByPost({ method, routeOptions }: FastifyRequest): boolean {
  const { url = '' } = routeOptions;
  return method === 'POST' && (url.startsWith('/compatibility/') || url === '/subjects/:subject');
}

function sendError(error: unknown, _request: FastifyRequest, reply: FastifyReply): void {
  const known = knownError(error);
  reply.code(known.status).send({ error_code: known.code, message: known.message });
}

function knownError(error: unknown): RegistryError {
  if (error instanceof RegistryError) return error;
  const { statusCode, message } = error as { statusCode?: number; message: string };
  // What fastify itself refuses: a body that is no JSON, or too large.
  if (statusCode !== undefined && statusCode < 500) return new RegistryError(statusCode, message);
  return new RegistryError(REGISTRY_ERRORS.STORE_FAILED, message);
}
