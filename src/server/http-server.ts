import { createHash, timingSafeEqual } from 'node:crypto';
import fastify, { type FastifyInstance, type onRequestAsyncHookHandler } from 'fastify';
import { MillraceError } from '../core/millrace-error.ts';

/** Where a server listens, and whom it answers. */
export interface HttpServerOptions {
  /** Default `127.0.0.1`: only this machine. */
  readonly host?: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** When given, every request must carry it: `Authorization: Bearer ...`. */
  readonly bearerToken?: string;
  /** Paths that are answered without it. */
  readonly openPaths?: readonly string[];
  /** When given, it speaks HTTPS: PEM texts. */
  readonly tls?: { readonly key: string; readonly cert: string; readonly ca?: string };
}

/** A server that listens. */
export interface HttpServer {
  /** `http://127.0.0.1:8081` */
  readonly url: string;
  /** Answers what is under way, for some seconds at most, then stops. May be called twice. */
  close(): Promise<void>;
}

/** Adds routes to a server before it listens. */
export type HttpRoutes = (app: FastifyInstance) => void;

const LOCAL_ONLY = '127.0.0.1';
/** How long answers may still take when a server stops: whoever reads slowly does not keep it. */
const CLOSE_TIMEOUT_MS = 3000;
/** The longest parameter in a path, such as a key, in characters. */
const PARAMETER_LIMIT = 8192;
/** The largest body taken, in bytes. */
const BODY_LIMIT = 8 << 20;

/** Starts a server with these routes. Throws HTTP_PORT_UNAVAILABLE. */
export async function startHttpServer(options: HttpServerOptions, routes: readonly HttpRoutes[]): Promise<HttpServer> {
  const { host = LOCAL_ONLY, port, bearerToken, openPaths = [], tls } = options;
  const shared = {
    bodyLimit: BODY_LIMIT,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: PARAMETER_LIMIT },
    // What a schema does not name is refused, not taken out.
    ajv: { customOptions: { removeAdditional: false } },
  } as const;
  const app = tls === undefined ? fastify(shared) : (fastify({ ...shared, https: tls }) as unknown as FastifyInstance);
  if (bearerToken !== undefined) app.addHook('onRequest', bearerCheck(bearerToken, openPaths));
  for (const addRoutes of routes) addRoutes(app);
  try {
    const url = await app.listen({ host, port });
    return { url, close: () => closeSoon(app) };
  } catch (error) {
    await app.close();
    throw new MillraceError(
      'HTTP_PORT_UNAVAILABLE',
      `Expected to listen on ${host}:${port}, got ${(error as { code?: string }).code ?? 'an error'}`,
      { cause: error, context: { host, port } },
    );
  }
}

async function closeSoon(app: FastifyInstance): Promise<void> {
  const deadline = setTimeout(() => app.server.closeAllConnections(), CLOSE_TIMEOUT_MS);
  try {
    await app.close();
  } finally {
    clearTimeout(deadline);
  }
}

/** In constant time, so that how long it takes tells nothing of the token. */
function bearerCheck(token: string, openPaths: readonly string[]): onRequestAsyncHookHandler {
  const expected = digest(`Bearer ${token}`);
  return async ({ headers, routeOptions }, reply) => {
    if (openPaths.includes(routeOptions.url ?? '')) return;
    if (timingSafeEqual(digest(headers.authorization ?? ''), expected)) return;
    await reply
      .code(401)
      .header('www-authenticate', 'Bearer')
      .send({ error_code: 401, message: 'Expected the bearer token of this server, got none or another' });
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
