import { request as requestPlain, type IncomingMessage } from 'node:http';
import { request as requestTls } from 'node:https';
import { text as readText } from 'node:stream/consumers';
import { parseOptions } from '../../config/options.ts';
import { type ServerOptionInput, serverOptions } from '../../config/server-options.ts';
import { MillraceError } from '../../core/millrace-error.ts';
import { readPem } from '../host/read-pem.ts';
import { formatStatus, type StatusAnswer } from './format-status.ts';

/** How `status` asks, and what it prints. */
export interface StatusCommandOptions {
  /** Of any instance. */
  readonly url: string;
  /** Where they ask for a token, and whom to believe. */
  readonly server: ServerOptionInput;
  readonly format: 'text' | 'json';
}

/** What all instances do, asked of one. Throws HTTP_REQUEST_FAILED, CONFIG_INVALID. */
export async function statusCommand({ url, server, format }: StatusCommandOptions): Promise<string> {
  const { httpToken, httpTlsCa, httpForwardTimeoutMs } = parseOptions(serverOptions, server);
  const ca = httpTlsCa === null ? undefined : await readPem('httpTlsCa', httpTlsCa);
  const headers = httpToken === null ? {} : { authorization: `Bearer ${httpToken}` };
  const address = statusUrl(url);
  // The instance that is asked may itself wait so long for others.
  const answer = await ask(address, { headers, ca, signal: AbortSignal.timeout(2 * httpForwardTimeoutMs) });
  if (format === 'json') return `${answer}\n`;
  return formatStatus(JSON.parse(answer) as StatusAnswer);
}

function statusUrl(url: string): URL {
  if (URL.canParse(url) && /^https?:/.test(url)) return new URL('/status?instances=all', url);
  throw new MillraceError(
    'CLI_USAGE',
    'Expected `--url` to be an address such as http://127.0.0.1:8080, got another text',
  );
}

async function ask(
  url: URL,
  options: { headers: { [name: string]: string }; ca: string | undefined; signal: AbortSignal },
): Promise<string> {
  const { ca, ...rest } = options;
  const open = url.protocol === 'https:' ? requestTls : requestPlain;
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    open(url, { ...rest, ...(ca === undefined ? {} : { ca }) })
      .once('response', resolve)
      .once('error', reject)
      .end();
  }).catch((error: unknown) => {
    const { code, message } = error as { code?: string; message?: string };
    throw failed(url, code ?? message ?? 'nothing', error);
  });
  const body = await readText(answer);
  if (answer.statusCode === 200) return body;
  throw failed(url, `status ${answer.statusCode}`, body);
}

function failed({ origin }: URL, got: string, cause: unknown): MillraceError {
  return new MillraceError('HTTP_REQUEST_FAILED', `Expected an instance at ${origin} to tell its status, got ${got}`, {
    cause,
  });
}
