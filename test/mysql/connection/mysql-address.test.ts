import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { describeAddress, nextAddress, parseMysqlUrl } from '../../../src/mysql/connection/mysql-address.ts';
import { MillraceError } from '../../../src/core/millrace-error.ts';

test('reads user, password, host, port and database, percent-encoded where they must be', () => {
  expect(parseMysqlUrl('mysql://m%40e:p%3Ass%2F@db.example:3307/shop?tls=verify_identity')).toEqual({
    host: 'db.example',
    port: 3307,
    user: 'm@e',
    password: 'p:ss/',
    database: 'shop',
    tls: { mode: 'verify_identity' },
    others: [],
  });
});

test('the port is 3306, the password empty, TLS off and no database named unless the URL says so', () => {
  expect(parseMysqlUrl('mysql://me@[::1]')).toEqual({
    host: '::1',
    port: 3306,
    user: 'me',
    password: '',
    database: undefined,
    tls: { mode: 'disabled' },
    others: [],
  });
});

test('further hosts are asked in turn', () => {
  const first = parseMysqlUrl('mysql://me:s@one:3307,[::2],three/shop');
  const hosts = [
    first,
    nextAddress(first),
    nextAddress(nextAddress(first)),
    nextAddress(nextAddress(nextAddress(first))),
  ];

  expect(hosts.map(({ host, port }) => `${host} ${port}`)).toEqual(['one 3307', '::2 3306', 'three 3306', 'one 3307']);
});

test('the password may be in a file or in the environment', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-address-'));
  try {
    await writeFile(join(directory, 'password'), 'from file\n');
    expect(parseMysqlUrl(`mysql://me@host?password_file=${directory}/password`).password).toBe('from file');
    vi.stubEnv('MILLRACE_TEST_PASSWORD', 'from environment');
    expect(parseMysqlUrl('mysql://me@host?password_env=MILLRACE_TEST_PASSWORD').password).toBe('from environment');
  } finally {
    vi.unstubAllEnvs();
    await rm(directory, { recursive: true });
  }
});

test('an address is described without its password', () => {
  expect(describeAddress(parseMysqlUrl('mysql://me:secret@host'))).toBe('me@host:3306');
});

test.each([
  '',
  'host:3306',
  'http://me:secret@host',
  'mysql://host',
  'mysql://me:sec%ret@host',
  'mysql://me:secret@host?tls=maybe',
  'mysql://me:secret@host?ssl=1',
  'mysql://me:secret@host,:3307',
  'mysql://me:secret@host?tls_ca=/nowhere/ca.pem',
  'mysql://me:secret@host?tls_cert=/nowhere/cert.pem',
  'mysql://me:secret@host?password_file=/nowhere/password',
  'mysql://me:secret@host?password_env=MILLRACE_TEST_UNSET',
])('%j is MYSQL_URL_INVALID, and the password is not in the message', (url) => {
  let error: unknown;
  try {
    parseMysqlUrl(url);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(MillraceError);
  expect(error).toMatchObject({ code: 'MYSQL_URL_INVALID' });
  expect((error as MillraceError).message).not.toContain('sec');
});
