import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../../core/logger.ts';
import { MillraceError } from '../../core/millrace-error.ts';
import type { HttpRoutes } from '../http-server.ts';
import { ApplicationOperations, type ApplicationOperationsOptions } from './application-operations.ts';
import { sendError } from './error-answer.ts';
import type { JsonSchema } from './json-schema.ts';
import { type OperationName, type RouteDeclaration, routeDeclarations } from './route-declarations.ts';
import { StoreAnswers } from './store-answers.ts';
import { StoreOperations } from './store-operations.ts';

/** What the API answers from. */
export interface QueryRoutesOptions extends ApplicationOperationsOptions {
  readonly logger: Logger;
}

type Handler = (request: FastifyRequest, reply: FastifyReply) => unknown;

const FAILED = 500;

/** The paths that need no token: they say nothing but whether all is well. */
export const OPEN_PATHS: readonly string[] = Object.values<RouteDeclaration>(routeDeclarations)
  .filter(({ isOpen }) => isOpen === true)
  .map(({ path }) => path);

/** The HTTP API of an instance, as docs/openapi.json describes it. */
export function queryRoutes(options: QueryRoutesOptions): HttpRoutes {
  const applications = new ApplicationOperations(options);
  const stores = new StoreOperations(options.served, new StoreAnswers(options.peers));
  const handlers: Readonly<Record<OperationName, Handler>> = {
    listApplications: () => applications.listApplications(),
    listStores: (request) => stores.listStores(request),
    getEntry: (request, reply) => stores.getEntry(request, reply),
    scanStore: (request, reply) => stores.scanStore(request, reply),
    scanWindows: (request, reply) => stores.scanWindows(request, reply),
    scanSessions: (request, reply) => stores.scanSessions(request, reply),
    scanVersions: (request, reply) => stores.scanVersions(request, reply),
    getMetadata: (request) => applications.getMetadata(request),
    getTopology: (request, reply) => applications.getTopology(request, reply),
    getStatus: (request) => applications.getStatus(request),
    getMetrics: (request, reply) => applications.getMetrics(request, reply),
    getHealth: (request, reply) => applications.getHealth(request, reply),
    getReadiness: (request, reply) => applications.getReadiness(request, reply),
  };
  return (app) => {
    app.setErrorHandler((error, request, reply) => {
      sendError(error, request, reply);
      if (reply.statusCode >= FAILED && !(error instanceof MillraceError))
        options.logger.error('query failed', { error });
    });
    app.setNotFoundHandler((request, reply) =>
      sendError(
        new MillraceError('QUERY_NOT_FOUND', `Expected a path of the API, got ${pathOf(request)}`),
        request,
        reply,
      ),
    );
    for (const [operation, declared] of Object.entries<RouteDeclaration>(routeDeclarations)) {
      addRoute(app, declared, handlers[operation as OperationName]);
    }
  };
}

function addRoute(app: FastifyInstance, declared: RouteDeclaration, handler: Handler): void {
  const { params = {}, query = {}, headers = {} } = declared;
  const schema = { querystring: strict(query), headers: { type: 'object', properties: headers } };
  app.get(declared.path, { schema: { ...schema, params: strict(params) } }, async (...args) => handler(...args));
  if (!declared.isOfApplication) return;
  const path = `/applications/:application${declared.path}`;
  const named = { application: { type: 'string' }, ...params };
  app.get(path, { schema: { ...schema, params: strict(named) } }, async (...args) => handler(...args));
}

function strict(properties: Readonly<{ [name: string]: JsonSchema }>): JsonSchema {
  return { type: 'object', properties, additionalProperties: false };
}

function pathOf({ method, url }: FastifyRequest): string {
  return `${method} ${url.split('?')[0]}`;
}
