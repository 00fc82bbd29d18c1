import { type ClientRequest, type IncomingMessage, request as requestPlain } from 'node:http';
import { Agent, request as requestTls } from 'node:https';
import { buffer } from 'node:stream/consumers';
import { MillraceError } from '../core/millrace-error.ts';

/** Whom a registry may believe, and who asks it. Certificates and keys are PEM texts. */
export interface RegistryTls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** How a registry is reached. */
export interface HttpExchangeOptions {
  /** One address or several, of which the first that answers is used. */
  readonly urls: readonly string[];
  readonly auth?: { readonly username: string; readonly password: string } | { readonly bearerToken: string };
  readonly tls?: RegistryTls;
  /** For one attempt. */
  readonly timeoutMs: number;
  /** After the first attempt at all addresses. */
  readonly retries: number;
  /** Waits between attempts; called with the number of those made. */
  readonly pause: (attempts: number) => Promise<void>;
}

/** What a registry has answered. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: unknown;
}

const CONTENT_TYPE = 'application/vnd.schemaregistry.v1+json';
const FIRST_SERVER_ERROR = 500;

/** Sends requests with JSON to the first address that answers. */
export class HttpExchange {
  readonly #options: HttpExchangeOptions;
  readonly #urls: readonly URL[];
  readonly #headers: { readonly [name: string]: string };
  readonly #agent: Agent | undefined;

  /** Throws CONFIG_INVALID for what is no address. */
  constructor(options: HttpExchangeOptions) {
    this.#options = options;
    this.#urls = options.urls.map(parsedUrl);
    this.#headers = { accept: CONTENT_TYPE, ...authorization(options.auth) };
    this.#agent = options.tls === undefined ? undefined : new Agent({ ...options.tls, keepAlive: true });
  }

  /** Throws SCHEMA_REGISTRY_UNREACHABLE when none answers, or all have trouble of their own (5xx), over all retries. */
  async send(method: string, path: string, body?: object): Promise<HttpAnswer> {
    for (let attempts = 1; ; attempts++) {
      const { answer, failure } = await this.#tryAll(method, path, body);
      if (answer !== undefined) return answer;
      if (attempts > this.#options.retries) throw unreachable(this.#urls, failure);
      await this.#options.pause(attempts);
    }
  }

  async #tryAll(method: string, path: string, body?: object): Promise<{ answer?: HttpAnswer; failure?: unknown }> {
    let failure: unknown;
    for (const url of this.#urls) {
      try {
        const answer = await this.#sendTo(url, { method, path, body });
        if (answer.status < FIRST_SERVER_ERROR) return { answer };
        failure = { code: `status ${answer.status}` };
      } catch (error) {
        failure = error;
      }
    }
    return { failure };
  }

  async #sendTo(
    base: URL,
    { method, path, body }: { method: string; path: string; body: object | undefined },
  ): Promise<HttpAnswer> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const url = new URL(`${base.pathname.replace(/\/$/, '')}${path}`, base);
    const open = url.protocol === 'https:' ? requestTls : requestPlain;
    const sent = open(url, {
      method,
      ...(url.protocol === 'https:' && this.#agent !== undefined ? { agent: this.#agent } : {}),
      headers: text === undefined ? this.#headers : { ...this.#headers, 'content-type': CONTENT_TYPE },
      signal: AbortSignal.timeout(this.#options.timeoutMs),
    });
    sent.end(text);
    const response = await answered(sent);
    const answer = (await buffer(response)).toString();
    return { status: response.statusCode ?? 0, body: answer === '' ? null : (JSON.parse(answer) as unknown) };
  }
}

function answered(sent: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    sent.on('response', resolve);
    sent.on('error', reject);
  });
}

function authorization(auth: HttpExchangeOptions['auth']): { readonly [name: string]: string } {
  if (auth === undefined) return {};
  if ('bearerToken' in auth) return { authorization: `Bearer ${auth.bearerToken}` };
  return { authorization: `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString('base64')}` };
}

function parsedUrl(text: string): URL {
  if (URL.canParse(text) && /^https?:/.test(text)) return new URL(text);
  throw new MillraceError('CONFIG_INVALID', 'Expected `schemaRegistry` to be http(s) addresses, got something else');
}

/** Without what may be secret in an address. */
function unreachable(urls: readonly URL[], cause: unknown): MillraceError {
  const names = urls.map(({ protocol, host }) => `${protocol}//${host}`).join(', ');
  return new MillraceError(
    'SCHEMA_REGISTRY_UNREACHABLE',
    `Expected the schema registry at ${names} to answer, got ${reasonOf(cause)}`,
    { cause },
  );
}

function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  return code ?? message ?? 'nothing';
}
