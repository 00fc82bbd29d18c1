import type { ErrorCode } from '../../core/error-catalogue/index.ts';
import { MillraceError, type ErrorContext } from '../../core/millrace-error.ts';
import { describeAddress, type MysqlAddress } from './mysql-address.ts';

/** What the driver's errors carry, and the server's error packets. */
export interface DriverError {
  readonly message: string;
  readonly code?: string;
  readonly errno?: number;
  readonly sqlMessage?: string;
  readonly sql?: string;
}

/** Error numbers of the server, by what they mean for a source. */
const CODE_BY_ERRNO: Readonly<{ [errno: number]: ErrorCode }> = {
  1044: 'MYSQL_GRANT_MISSING', // ER_DBACCESS_DENIED_ERROR
  1045: 'MYSQL_ACCESS_DENIED', // ER_ACCESS_DENIED_ERROR
  1049: 'MYSQL_DATABASE_NOT_FOUND', // ER_BAD_DB_ERROR
  1054: 'MYSQL_TABLE_CHANGED', // ER_BAD_FIELD_ERROR
  1130: 'MYSQL_ACCESS_DENIED', // ER_HOST_NOT_PRIVILEGED
  1142: 'MYSQL_GRANT_MISSING', // ER_TABLEACCESS_DENIED_ERROR
  1143: 'MYSQL_GRANT_MISSING', // ER_COLUMNACCESS_DENIED_ERROR
  1146: 'MYSQL_TABLE_NOT_FOUND', // ER_NO_SUCH_TABLE
  1176: 'MYSQL_TABLE_CHANGED', // ER_KEY_DOES_NOT_EXITS
  1205: 'MYSQL_LOCK_TIMEOUT', // ER_LOCK_WAIT_TIMEOUT
  1227: 'MYSQL_GRANT_MISSING', // ER_SPECIFIC_ACCESS_DENIED_ERROR
  1412: 'MYSQL_TABLE_CHANGED', // ER_TABLE_DEF_CHANGED
  1820: 'MYSQL_ACCESS_DENIED', // ER_MUST_CHANGE_PASSWORD
  3118: 'MYSQL_ACCESS_DENIED', // ER_ACCOUNT_HAS_BEEN_LOCKED
};

/** Errors of a connection that may be well again at the next attempt. */
const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
  'PROTOCOL_CONNECTION_LOST',
  'ERR_STREAM_WRITE_AFTER_END',
]);
const UNREACHABLE_ERRNO = new Set([
  1040, // ER_CON_COUNT_ERROR
  1053, // ER_SERVER_SHUTDOWN
  1152, // ER_ABORTING_CONNECTION
  1158, // ER_NET_READ_ERROR
  1159, // ER_NET_READ_INTERRUPTED
  1160, // ER_NET_ERROR_ON_WRITE
  1161, // ER_NET_WRITE_INTERRUPTED
  1184, // ER_NEW_ABORTING_CONNECTION
  1317, // ER_QUERY_INTERRUPTED
  3169, // ER_SESSION_WAS_KILLED
  4031, // ER_CLIENT_INTERACTION_TIMEOUT
]);

/** The server refuses to go on with the binlog; its text says why. */
const ER_MASTER_FATAL_ERROR_READING_BINLOG = 1236;

/** A driver's error as the project's own, wrapped once. What is one already passes. */
export function toMysqlError(error: unknown, address: MysqlAddress, context: ErrorContext = {}): MillraceError {
  if (error instanceof MillraceError) return error;
  const driverError = error as DriverError;
  // The driver keeps the statement, and with it perhaps values of rows, which must not get into a log.
  if (driverError.sql !== undefined) Reflect.deleteProperty(driverError, 'sql');
  const where = { server: describeAddress(address), ...context };
  const code = codeOf(driverError);
  return new MillraceError(code, messageOf(code, driverError, address), { cause: error, context: where });
}

/** Whether it is an error of one of these codes; without codes, of any. */
export function isMillraceErrorOf(error: unknown, ...codes: readonly ErrorCode[]): error is MillraceError {
  return error instanceof MillraceError && (codes.length === 0 || codes.includes(error.code));
}

function codeOf(error: DriverError): ErrorCode {
  if (error.errno === ER_MASTER_FATAL_ERROR_READING_BINLOG) return binlogCode(error.sqlMessage ?? error.message);
  if (error.errno !== undefined && UNREACHABLE_ERRNO.has(error.errno)) return 'MYSQL_UNREACHABLE';
  const known = error.errno === undefined ? undefined : CODE_BY_ERRNO[error.errno];
  if (known !== undefined) return known;
  const isNetwork = error.code !== undefined && UNREACHABLE.has(error.code);
  return isNetwork || /closed state|connection lost/i.test(error.message) ? 'MYSQL_UNREACHABLE' : 'MYSQL_QUERY_FAILED';
}

function binlogCode(message: string): ErrorCode {
  if (/purged|could not find first log/i.test(message)) return 'MYSQL_BINLOG_PURGED';
  if (/same server_(uuid|id)|server_uuid\/server_id/i.test(message)) return 'MYSQL_UNREACHABLE';
  return 'MYSQL_BINLOG_REFUSED';
}

/** The server's own words are kept where they name what is missing; they never hold row values or the password. */
function messageOf(code: ErrorCode, error: DriverError, address: MysqlAddress): string {
  const words = error.sqlMessage ?? error.message;
  switch (code) {
    case 'MYSQL_UNREACHABLE':
      return `Expected a MySQL server at ${address.host}:${address.port}, got ${error.code ?? words}`;
    case 'MYSQL_ACCESS_DENIED':
      return `Expected MySQL to let ${describeAddress(address)} in, got: ${words}`;
    case 'MYSQL_GRANT_MISSING':
      return `Expected the user ${address.user} to have the grant, got: ${words}`;
    default:
      return `MySQL: ${words}`;
  }
}
