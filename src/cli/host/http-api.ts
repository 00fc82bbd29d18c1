import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { parseOptions } from '../../config/options.ts';
import type { OptionValues } from '../../config/option.ts';
import { type ServerOptionInput, serverOptions } from '../../config/server-options.ts';
import type { Logger } from '../../core/logger.ts';
import { MillraceError } from '../../core/millrace-error.ts';
import { listenLocally, mustHaveToken } from './listen-locally.ts';
import { readPem } from './read-pem.ts';
import { type HttpServer, type HttpServerOptions, startHttpServer } from '../../server/http-server.ts';
import { InstanceMetrics } from '../../server/metrics/instance-metrics.ts';
import { Peers } from '../../server/queries/peers.ts';
import { OPEN_PATHS, queryRoutes } from '../../server/queries/query-routes.ts';
import { type ServedApplication, ServedApplications } from '../../server/queries/served-applications.ts';
import type { ServedSource } from '../../server/served-source.ts';

type Settings = OptionValues<typeof serverOptions>;

/** What the API is opened with. */
export interface OpenHttpApiOptions {
  readonly input: ServerOptionInput;
  /** Where other instances reach this one, where that is given. */
  readonly applicationServer: string | null;
  /** The MySQL source that captures here; null without one. */
  readonly source: () => ServedSource | null;
  /** Whether applications are to run here; default true. */
  readonly hasApplications?: boolean;
  readonly logger: Logger;
}

const USUAL_PORT = 8080;
const ALL_HOSTS: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/** The HTTP API of an instance. It answers as soon as it is open; applications are added when they start. */
export class HttpApi {
  /** `http://127.0.0.1:8080` */
  readonly url: string;
  /** Where other instances reach this one: `host:port`. */
  readonly endpoint: string;
  /** What the workers of this process are asked with. */
  readonly workerToken: string;
  readonly #server: HttpServer;
  readonly #peers: Peers;
  readonly #served: ServedApplications;

  private constructor(parts: {
    server: HttpServer;
    peers: Peers;
    served: ServedApplications;
    endpoint: string;
    workerToken: string;
  }) {
    this.url = parts.server.url;
    this.endpoint = parts.endpoint;
    this.workerToken = parts.workerToken;
    this.#server = parts.server;
    this.#peers = parts.peers;
    this.#served = parts.served;
  }

  /** Opens it; null where it is off. Throws CONFIG_INVALID, HTTP_PORT_UNAVAILABLE. */
  static async open(options: OpenHttpApiOptions): Promise<HttpApi | null> {
    const { input, applicationServer, source, logger, hasApplications = true } = options;
    const settings = parseOptions(serverOptions, input);
    if (!settings.httpApi) return null;
    const { httpHost: host, httpPort: port, httpToken: token } = settings;
    const place = { host, port, token, usualPort: USUAL_PORT, tokenOption: 'httpToken' };
    mustHaveToken(place);
    const listening = await listeningOptions(settings);
    const ca = settings.httpTlsCa === null ? undefined : await readPem('httpTlsCa', settings.httpTlsCa);
    const workerToken = randomUUID();
    const peers = new Peers({
      workerToken,
      bearerToken: settings.httpToken ?? undefined,
      tls: listening.tls === undefined ? undefined : { ca },
      timeoutMs: settings.httpForwardTimeoutMs,
    });
    const served = new ServedApplications();
    const known: { endpoint: string | null } = { endpoint: applicationServer };
    const metrics = new InstanceMetrics({ served, source });
    const endpointOf = (): string | null => known.endpoint;
    const routes = queryRoutes({ served, peers, source, metrics, hasApplications, logger, endpoint: endpointOf });
    const server = await listenLocally(place, (at) => startHttpServer({ ...listening, port: at }, [routes]));
    const endpoint = applicationServer ?? reachedAt(host, server.url);
    known.endpoint = endpoint;
    logger.info('serves queries', { url: server.url });
    return new HttpApi({ server, peers, served, endpoint, workerToken });
  }

  /** Serves an application too. */
  add(application: ServedApplication): void {
    this.#served.add(application);
  }

  /** Answers what is under way, then stops. */
  async close(): Promise<void> {
    await this.#server.close();
    this.#peers.close();
  }
}

async function listeningOptions(settings: Settings): Promise<Omit<HttpServerOptions, 'port'>> {
  const { httpHost: host, httpToken: token, httpTlsCert: cert, httpTlsKey: key } = settings;
  if ((cert === null) !== (key === null)) {
    throw new MillraceError('CONFIG_INVALID', 'Expected both `httpTlsCert` and `httpTlsKey`, got one of them');
  }
  return {
    host,
    openPaths: OPEN_PATHS,
    ...(token === null ? {} : { bearerToken: token }),
    ...(cert === null || key === null
      ? {}
      : { tls: { cert: await readPem('httpTlsCert', cert), key: await readPem('httpTlsKey', key) } }),
  };
}

/** The address that others use: where it listens on all, the name of this machine. */
function reachedAt(host: string, url: string): string {
  const { port } = new URL(url);
  const name = ALL_HOSTS.has(host) ? hostname() : host;
  return `${name.includes(':') ? `[${name}]` : name}:${port}`;
}
