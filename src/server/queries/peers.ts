import { Agent as PlainAgent, type IncomingMessage, request as requestPlain } from 'node:http';
import { Agent as TlsAgent, request as requestTls } from 'node:https';
import { buffer } from 'node:stream/consumers';
import { MillraceError } from '../../core/millrace-error.ts';

/** How other instances are asked. */
export interface PeersOptions {
  /** All instances of an application have the same. */
  readonly bearerToken?: string | undefined;
  /** Given where they speak HTTPS: whom to believe (PEM) besides those that Node believes. */
  readonly tls?: { readonly ca?: string | undefined } | undefined;
  /** What the workers of this process are asked with. */
  readonly workerToken?: string | undefined;
  /** How long the beginning of an answer may take. */
  readonly timeoutMs: number;
}

/** What an instance has answered; the body is still to be read. */
export interface PeerAnswer {
  readonly status: number;
  readonly body: IncomingMessage;
}

/** A request to an instance. */
export interface PeerRequest {
  /** With its query. */
  readonly path: string;
  readonly headers: { readonly [name: string]: string };
  /** Added to the time that the answer may take to begin. */
  readonly waitMs?: number;
}

const WORKER = 'worker:';

/** The endpoint of a worker of this process, which listens on this machine alone. */
export function workerEndpoint(url: string): string {
  return `${WORKER}${new URL(url).host}`;
}

/** The other instances of an application, and the workers of this one. */
export class Peers {
  readonly #options: PeersOptions;
  readonly #agent: PlainAgent | TlsAgent;
  readonly #workerAgent = new PlainAgent({ keepAlive: true });

  constructor(options: PeersOptions) {
    const { tls } = options;
    this.#options = options;
    this.#agent =
      tls === undefined
        ? new PlainAgent({ keepAlive: true })
        : new TlsAgent({ keepAlive: true, ...(tls.ca === undefined ? {} : { ca: tls.ca }) });
  }

  /** Asks the instance at a `host:port`, or a worker. Throws QUERY_UNAVAILABLE when it does not answer. */
  async get(endpoint: string, { path, headers, waitMs = 0 }: PeerRequest): Promise<PeerAnswer> {
    const { timeoutMs } = this.#options;
    const { open, base, agent, bearerToken } = this.#wayTo(endpoint);
    const sent = open(`${base}${path}`, {
      agent,
      headers: { ...headers, ...(bearerToken === undefined ? {} : { authorization: `Bearer ${bearerToken}` }) },
    });
    // Only of the beginning: a body takes as long as whoever reads it.
    const deadline = setTimeout(
      () => sent.destroy(unreachable(endpoint, { message: 'nothing in time' })),
      timeoutMs + waitMs,
    );
    try {
      const body = await new Promise<IncomingMessage>((resolve, reject) => {
        sent.once('response', resolve);
        sent.once('error', reject);
        sent.end();
      });
      body.socket.setKeepAlive(true, timeoutMs);
      return { status: body.statusCode ?? 0, body };
    } catch (error) {
      throw error instanceof MillraceError ? error : unreachable(endpoint, error);
    } finally {
      clearTimeout(deadline);
    }
  }

  /** The same with the body read, as text. */
  async getText(endpoint: string, request: PeerRequest): Promise<{ readonly status: number; readonly text: string }> {
    const { status, body } = await this.get(endpoint, request);
    try {
      return { status, text: (await buffer(body)).toString() };
    } catch (error) {
      throw unreachable(endpoint, error);
    }
  }

  /** Lets connections that are kept go. */
  close(): void {
    this.#agent.destroy();
    this.#workerAgent.destroy();
  }

  #wayTo(endpoint: string): {
    readonly open: typeof requestPlain;
    readonly base: string;
    readonly agent: PlainAgent | TlsAgent;
    readonly bearerToken: string | undefined;
  } {
    const { bearerToken, workerToken, tls } = this.#options;
    if (endpoint.startsWith(WORKER)) {
      const base = `http://${endpoint.slice(WORKER.length)}`;
      return { open: requestPlain, base, agent: this.#workerAgent, bearerToken: workerToken };
    }
    return tls === undefined
      ? { open: requestPlain, base: `http://${endpoint}`, agent: this.#agent, bearerToken }
      : { open: requestTls, base: `https://${endpoint}`, agent: this.#agent, bearerToken };
  }
}

function unreachable(endpoint: string, error: unknown): MillraceError {
  const { code, message } = error as { code?: string; message?: string };
  return new MillraceError(
    'QUERY_UNAVAILABLE',
    `Expected the instance at ${endpoint} to answer, got ${code ?? message ?? 'nothing'}`,
    { cause: error, context: { instance: endpoint } },
  );
}
