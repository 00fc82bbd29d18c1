import { expect, test } from 'vitest';
import { describeAddress, parseMysqlUrl } from '../../../src/mysql/connection/mysql-address.ts';
import { MillraceError } from '../../../src/core/millrace-error.ts';

test('reads user, password, host, port and database, percent-encoded where they must be', () => {
  expect(parseMysqlUrl('mysql://m%40e:p%3Ass%2F@db.example:3307/shop?tls=verified')).toEqual({
    host: 'db.example',
    port: 3307,
    user: 'm@e',
    password: 'p:ss/',
    database: 'shop',
    tls: 'verified',
  });
});

test('the port is 3306, the password empty, TLS off and no database named unless the URL says so', () => {
  expect(parseMysqlUrl('mysql://me@[::1]')).toEqual({
    host: '::1',
    port: 3306,
    user: 'me',
    password: '',
    database: undefined,
    tls: 'off',
  });
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
