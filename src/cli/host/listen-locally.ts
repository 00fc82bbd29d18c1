import { MillraceError } from '../../core/millrace-error.ts';
import type { HttpServer } from '../../server/http-server.ts';

/** Where a server is to listen. */
export interface ListeningPlace {
  readonly host: string;
  /** Null: the usual one, or any free one where that is taken. */
  readonly port: number | null;
  readonly usualPort: number;
  /** What everyone who asks must have; null lets everyone in. */
  readonly token: string | null;
  /** The option that gives the token. */
  readonly tokenOption: string;
}

const LOCAL_HOSTS: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost']);

/** Throws CONFIG_INVALID where others than this machine could ask without a token. */
export function mustHaveToken({ host, token, tokenOption }: ListeningPlace): void {
  if (token !== null || LOCAL_HOSTS.has(host)) return;
  throw new MillraceError(
    'CONFIG_INVALID',
    `Expected \`${tokenOption}\` to be given where others can reach the server (${host}), got none`,
  );
}

/** Starts a server at the port of the place. Throws HTTP_PORT_UNAVAILABLE where a port that is given is taken. */
export async function listenLocally(
  { port, usualPort }: ListeningPlace,
  start: (port: number) => Promise<HttpServer>,
): Promise<HttpServer> {
  if (port !== null) return start(port);
  try {
    return await start(usualPort);
  } catch (error) {
    if (error instanceof MillraceError && error.code === 'HTTP_PORT_UNAVAILABLE') return start(0);
    throw error;
  }
}
