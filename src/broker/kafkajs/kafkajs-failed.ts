import { MillraceError } from '../../core/millrace-error.ts';
import { connectionFailed } from '../kafka/protocol-error.ts';

const NETWORK: ReadonlySet<string> = new Set([
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
  'KafkaJSLockTimeout',
]);

/** An error of kafkajs as one of ours; `socketError` is what broke the connection, which kafkajs tells in part only. */
export function kafkajsFailed(error: unknown, socketError: Error | undefined): MillraceError {
  if (error instanceof MillraceError) return error;
  if (socketError !== undefined) return connectionFailed(socketError, {});
  const { name, message, type } = error as { name?: string; message?: string; type?: string };
  if (name === 'KafkaJSSASLAuthenticationError' || type === 'SASL_AUTHENTICATION_FAILED') {
    return new MillraceError('BROKER_AUTHENTICATION', `Expected the broker to know us, got: ${message}`, {
      cause: error,
    });
  }
  // An authentication that came too soon or too late for the connection works on the next one.
  if (type === 'ILLEGAL_SASL_STATE' || (name !== undefined && NETWORK.has(name))) {
    return new MillraceError('BROKER_UNAVAILABLE', `Expected the broker to answer, got: ${message}`, { cause: error });
  }
  return connectionFailed(error, {});
}
