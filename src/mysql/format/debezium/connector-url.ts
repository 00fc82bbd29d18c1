import { readFileSync } from 'node:fs';
import { MillraceError } from '../../../core/millrace-error.ts';
import type { ConnectorServer } from './connector-config.ts';

/**
 * The URL of a connector's server. A password may be `${env:NAME}` or `${file:PATH:KEY}`, as Kafka Connect's providers of
 * configuration have it. Throws CONFIG_INVALID when host or user is missing, or what is referred to.
 */
export function connectorUrl({ host, port, user, password, sslMode }: ConnectorServer): string {
  if (host === undefined || user === undefined) {
    throw new MillraceError(
      'CONFIG_INVALID',
      'Expected `database.hostname` and `database.user` in the connector configuration, or --mysql, got neither',
    );
  }
  const secret = password === undefined ? '' : `:${encodeURIComponent(resolveSecret(password))}`;
  const place = host.includes(':') ? `[${host}]` : host;
  return `mysql://${encodeURIComponent(user)}${secret}@${place}:${port ?? '3306'}?tls=${sslMode}`;
}

function resolveSecret(text: string): string {
  const [, provider, rest = ''] = /^\$\{(env|file):(.*)\}$/.exec(text) ?? [];
  if (provider === undefined) return text;
  const found = provider === 'env' ? process.env[rest] : propertyOf(rest);
  if (found !== undefined) return found;
  throw new MillraceError(
    'CONFIG_INVALID',
    `Expected \`database.password\` to be found, got nothing at ${provider}:${rest}`,
  );
}

/** `PATH:KEY` of a file of `key=value` lines. */
function propertyOf(place: string): string | undefined {
  const colon = place.lastIndexOf(':');
  const [path, key] = [place.slice(0, colon), place.slice(colon + 1)];
  try {
    const lines = readFileSync(path, 'utf8').split(/\r?\n/);
    return lines.find((line) => line.split('=')[0]?.trim() === key)?.replace(/^[^=]*=\s*/, '');
  } catch {
    return undefined;
  }
}
