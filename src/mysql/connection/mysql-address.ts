import { MillraceError } from '../../core/millrace-error.ts';

/** Where a MySQL server is and who asks. Never log it whole: it has the password. */
export interface MysqlAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** The database named in the path of the URL, if any. */
  readonly database: string | undefined;
  /** `off`: never; `required`: encrypted, whoever answers; `verified`: encrypted, and the certificate must be good. */
  readonly tls: 'off' | 'required' | 'verified';
}

const DEFAULT_PORT = 3306;

/**
 * Reads `mysql://user:password@host:3306/database?tls=off|required|verified`; user and password may be percent-encoded.
 * Throws MYSQL_URL_INVALID, without the text of the URL, which holds the password.
 */
export function parseMysqlUrl(url: string): MysqlAddress {
  const parsed = parse(url);
  const tls = parsed.searchParams.get('tls') ?? 'off';
  if (tls !== 'off' && tls !== 'required' && tls !== 'verified') throw invalid('`tls` to be off, required or verified');
  for (const name of parsed.searchParams.keys()) {
    if (name !== 'tls') throw invalid(`no parameter but \`tls\`, got \`${name}\``);
  }
  return {
    host: parsed.hostname.replace(/^\[|\]$/g, ''),
    port: parsed.port === '' ? DEFAULT_PORT : Number(parsed.port),
    user: decode(parsed.username),
    password: decode(parsed.password),
    database: parsed.pathname.length > 1 ? decode(parsed.pathname.slice(1)) : undefined,
    tls,
  };
}

/** `user@host:port`: an address as messages may show it. */
export function describeAddress(address: MysqlAddress): string {
  return `${address.user}@${address.host}:${address.port}`;
}

function parse(url: string): URL {
  if (!URL.canParse(url)) throw invalid('a URL');
  const parsed = new URL(url);
  if (parsed.protocol !== 'mysql:') throw invalid(`the scheme "mysql:", got "${parsed.protocol}"`);
  if (parsed.hostname === '') throw invalid('a host');
  if (parsed.username === '') throw invalid('a user');
  return parsed;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid('percent-encoded text where there is a "%"');
  }
}

function invalid(expected: string): MillraceError {
  return new MillraceError(
    'MYSQL_URL_INVALID',
    `Expected the MySQL URL to have ${expected}: mysql://user:password@host:port/database`,
  );
}
