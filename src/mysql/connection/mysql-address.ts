import { readFileSync } from 'node:fs';
import { MillraceError } from '../../core/millrace-error.ts';

/**
 * How a connection is encrypted, in MySQL's own words. `preferred`: when the server can. `required`: whoever answers.
 * `verify_ca`: and a known authority must have signed the certificate. `verify_identity`: and it must be for the host.
 */
export type TlsMode = 'disabled' | 'preferred' | 'required' | 'verify_ca' | 'verify_identity';

/** Encryption, and the certificates for it, as PEM. */
export interface MysqlTls {
  readonly mode: TlsMode;
  /** The authorities to trust; without, those of the system. */
  readonly ca?: string;
  /** The certificate and key of the client. */
  readonly cert?: string;
  readonly key?: string;
}

/** A server by name. */
export interface MysqlHost {
  readonly host: string;
  readonly port: number;
}

/** Where a MySQL server is and who asks. Never log it whole: it has the password. */
export interface MysqlAddress extends MysqlHost {
  readonly user: string;
  readonly password: string;
  /** The database named in the path of the URL, if any. */
  readonly database: string | undefined;
  readonly tls: MysqlTls;
  /** Servers with the same history, to be asked in turn when this one does not answer. */
  readonly others: readonly MysqlHost[];
}

const DEFAULT_PORT = 3306;
const TLS_MODES: readonly string[] = ['disabled', 'preferred', 'required', 'verify_ca', 'verify_identity'];
const PARAMETERS: readonly string[] = ['tls', 'tls_ca', 'tls_cert', 'tls_key', 'password_file', 'password_env'];
const HOST = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::(\d+))?$/i;

/**
 * Reads `mysql://user:password@host:3306,other:3306/database?tls=verify_identity&…`; user and password may be
 * percent-encoded. Parameters: `tls` (a mode; `disabled` without), `tls_ca`, `tls_cert` and `tls_key` (files of PEM),
 * `password_file` (a file that holds the password) and `password_env` (a variable of the environment).
 * Throws MYSQL_URL_INVALID, without the text of the URL, which holds the password.
 */
export function parseMysqlUrl(url: string): MysqlAddress {
  const { hosts, parsed } = parse(url);
  const parameters = parsed.searchParams;
  for (const name of parameters.keys()) {
    if (!PARAMETERS.includes(name)) throw invalid(`no parameter but ${PARAMETERS.join(', ')}, got \`${name}\``);
  }
  const [first, ...others] = hosts;
  return {
    ...(first as MysqlHost),
    user: decode(parsed.username),
    password: passwordOf(parsed),
    database: parsed.pathname.length > 1 ? decode(parsed.pathname.slice(1)) : undefined,
    tls: tlsOf(parameters),
    others,
  };
}

/** `user@host:port`: an address as messages may show it. */
export function describeAddress(address: MysqlAddress): string {
  return `${address.user}@${address.host}:${address.port}`;
}

/** The same address with the next of its hosts first. */
export function nextAddress(address: MysqlAddress): MysqlAddress {
  const [next, ...others] = address.others;
  if (next === undefined) return address;
  return { ...address, ...next, others: [...others, { host: address.host, port: address.port }] };
}

/** The address and its hosts: all of them are in the authority, which a URL has but one of. */
function parse(url: string): { readonly hosts: readonly MysqlHost[]; readonly parsed: URL } {
  const [, scheme = '', userinfo, authority = '', rest = ''] =
    /^([a-z]+:)\/\/(?:(.*?)@)?([^/?#@]*)(.*)$/s.exec(url) ?? [];
  if (scheme === '') throw invalid('a URL');
  if (scheme !== 'mysql:') throw invalid(`the scheme "mysql:", got "${scheme}"`);
  if (authority === '') throw invalid('a host');
  if (userinfo === undefined || userinfo === '' || userinfo.startsWith(':')) throw invalid('a user');
  const single = `mysql://${userinfo}@host${rest}`;
  if (!URL.canParse(single)) throw invalid('a URL');
  return { hosts: authority.split(',').map(toHost), parsed: new URL(single) };
}

function toHost(text: string): MysqlHost {
  const [, host, port] = HOST.exec(text.trim()) ?? [];
  if (host === undefined) throw invalid('hosts as host:port');
  return { host: host.replaceAll(/^\[|\]$/g, ''), port: port === undefined ? DEFAULT_PORT : Number(port) };
}

function tlsOf(parameters: URLSearchParams): MysqlTls {
  const mode = parameters.get('tls') ?? 'disabled';
  if (!TLS_MODES.includes(mode)) throw invalid(`\`tls\` to be ${TLS_MODES.join(', ')}`);
  const file = (name: string) => {
    const path = parameters.get(name);
    return path === null ? undefined : readParameterFile(name, path);
  };
  const [ca, cert, key] = [file('tls_ca'), file('tls_cert'), file('tls_key')];
  if ((cert === undefined) !== (key === undefined)) throw invalid('`tls_cert` and `tls_key`, or neither');
  return {
    mode: mode as TlsMode,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
  };
}

function passwordOf(parsed: URL): string {
  const file = parsed.searchParams.get('password_file');
  if (file !== null) return readParameterFile('password_file', file).replace(/\r?\n$/, '');
  const variable = parsed.searchParams.get('password_env');
  if (variable === null) return decode(parsed.password);
  const password = process.env[variable];
  if (password === undefined) throw invalid(`\`password_env\` to name a variable that is set, got ${variable}`);
  return password;
}

function readParameterFile(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw invalid(
      `\`${name}\` to name a file that can be read, got ${(error as NodeJS.ErrnoException).code} for ${path}`,
    );
  }
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
