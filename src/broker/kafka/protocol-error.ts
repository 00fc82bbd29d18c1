import { protocolErrorsCodesById } from '@platformatic/kafka';
import type { ErrorCode } from '../../core/error-catalogue/index.ts';
import { type ErrorContext, MillraceError } from '../../core/millrace-error.ts';

/** The name that Kafka's documentation has for the number of an error: 6 is `NOT_LEADER_OR_FOLLOWER`, 0 is `NONE`. */
export function protocolErrorName(errorNumber: number): string {
  if (errorNumber === 0) return 'NONE';
  return protocolErrorsCodesById[errorNumber] ?? `error ${errorNumber}`;
}

/** The coordinator is elsewhere, or not there yet: look it up again and retry. */
export const COORDINATOR_MOVED: ReadonlySet<string> = new Set(['COORDINATOR_NOT_AVAILABLE', 'NOT_COORDINATOR']);

/** The leader of a partition is elsewhere, or cannot answer now: read the metadata again and retry. */
export const LEADER_MOVED: ReadonlySet<string> = new Set([
  'NOT_LEADER_OR_FOLLOWER',
  'LEADER_NOT_AVAILABLE',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'UNKNOWN_TOPIC_ID',
  'INCONSISTENT_TOPIC_ID',
  'KAFKA_STORAGE_ERROR',
  'REPLICA_NOT_AVAILABLE',
  'OFFSET_NOT_AVAILABLE',
  'NETWORK_EXCEPTION',
  'REQUEST_TIMED_OUT',
  'NOT_ENOUGH_REPLICAS',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  'BROKER_NOT_AVAILABLE',
]);

/** The producer has lost its transaction: another took its id, or the broker ended the transaction by time-out. */
const FENCED: ReadonlySet<string> = new Set([
  'INVALID_PRODUCER_EPOCH',
  'PRODUCER_FENCED',
  'INVALID_TXN_STATE',
  'INVALID_PRODUCER_ID_MAPPING',
  'UNKNOWN_PRODUCER_ID',
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'TRANSACTION_ABORTABLE',
]);

const CODES: Readonly<{ [name: string]: ErrorCode }> = {
  UNKNOWN_TOPIC_OR_PARTITION: 'TOPIC_NOT_FOUND',
  UNKNOWN_TOPIC_ID: 'TOPIC_NOT_FOUND',
  TOPIC_ALREADY_EXISTS: 'TOPIC_ALREADY_EXISTS',
  INVALID_TOPIC_EXCEPTION: 'TOPIC_INVALID',
  INVALID_PARTITIONS: 'TOPIC_INVALID',
  INVALID_REPLICATION_FACTOR: 'TOPIC_INVALID',
  INVALID_CONFIG: 'TOPIC_INVALID',
  POLICY_VIOLATION: 'TOPIC_INVALID',
  OFFSET_OUT_OF_RANGE: 'OFFSET_OUT_OF_RANGE',
  MESSAGE_TOO_LARGE: 'RECORD_TOO_LARGE',
  RECORD_LIST_TOO_LARGE: 'RECORD_TOO_LARGE',
  INVALID_RECORD: 'RECORD_INVALID',
  INVALID_TIMESTAMP: 'RECORD_INVALID',
  TOPIC_AUTHORIZATION_FAILED: 'BROKER_AUTHORIZATION',
  GROUP_AUTHORIZATION_FAILED: 'BROKER_AUTHORIZATION',
  CLUSTER_AUTHORIZATION_FAILED: 'BROKER_AUTHORIZATION',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'BROKER_AUTHORIZATION',
  SASL_AUTHENTICATION_FAILED: 'BROKER_AUTHENTICATION',
  UNSUPPORTED_VERSION: 'BROKER_UNSUPPORTED',
};

/**
 * An error that a broker answered, as one of ours. `what` is what was to be done: ``Expected `what`, got NAME``. What has
 * no code of its own is BROKER_REFUSED.
 */
export function brokerRefused(
  errorNumber: number,
  what: string,
  options: { context?: ErrorContext; detail?: string | null } = {},
): MillraceError {
  const name = protocolErrorName(errorNumber);
  const detail = options.detail ? ` (${options.detail})` : '';
  const code = FENCED.has(name) ? 'PRODUCER_FENCED' : (CODES[name] ?? 'BROKER_REFUSED');
  return new MillraceError(code, `Expected ${what}, got ${name}${detail}`, { context: options.context ?? {} });
}

const TLS_ERROR = /^(ERR_TLS|ERR_SSL|ERR_OSSL|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|HOSTNAME_MISMATCH|INVALID_CA)/;

/** An error of the connection or of the client library, as one of ours. */
export function connectionFailed(error: unknown, where: ErrorContext): MillraceError {
  if (error instanceof MillraceError) return error.at(where);
  const chain = causes(error);
  const options = { cause: error, context: where };
  const unverified = chain.find(({ code, message }) => TLS_ERROR.test(code) || /\bTLS\b/.test(message));
  if (unverified !== undefined) {
    const reason = unverified.message || unverified.code;
    return new MillraceError('BROKER_TLS', `Expected a TLS connection to the broker, got: ${reason}`, options);
  }
  if (chain.some(({ code }) => code === 'PLT_KFK_AUTHENTICATION')) {
    const reason = chain.at(-1)?.message ?? '';
    return new MillraceError('BROKER_AUTHENTICATION', `Expected the broker to know us, got: ${reason}`, options);
  }
  const reason = chain.at(-1)?.message ?? String(error);
  const isNetwork = chain.some(({ code }) =>
    /^(PLT_KFK_(NETWORK|MULTIPLE|TIMEOUT|UNEXPECTED_CORRELATION_ID)|E[A-Z]+$)/.test(code),
  );
  if (isNetwork)
    return new MillraceError('BROKER_UNAVAILABLE', `Expected the broker to answer, got: ${reason}`, options);
  return new MillraceError('BROKER_REFUSED', `Expected an answer that can be read, got: ${reason}`, options);
}

/** An error, those it is made of, and its causes, outermost first. */
function causes(error: unknown): { readonly code: string; readonly message: string }[] {
  if (!(error instanceof Error)) return [];
  const { code } = error as { code?: unknown };
  const own = { code: typeof code === 'string' ? code : '', message: error.message };
  const inner = error instanceof AggregateError ? (error.errors as unknown[]) : [];
  return [own, ...inner.flatMap(causes), ...causes(error.cause)];
}
