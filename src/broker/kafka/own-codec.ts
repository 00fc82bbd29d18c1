import { createAPI, type Reader, type Writer } from '@platformatic/kafka';
import type { Codec } from './kafka-request.ts';

/** A codec that the client library has not, or not as we need it. */
export interface OwnCodec<Arguments extends unknown[], Response> {
  /** The number that the protocol has for the request. */
  readonly key: number;
  readonly version: number;
  readonly write: (...args: Arguments) => Writer;
  readonly read: (reader: Reader) => Response;
}

/** Makes a codec as the library's are. */
export function ownCodec<Arguments extends unknown[], Response>({
  key,
  version,
  write,
  read,
}: OwnCodec<Arguments, Response>): Codec<Arguments, Response> {
  // The parser is called with (correlation id, key, version, reader).
  return createAPI<Arguments, Response>(key, version, write, (...parts) => read(parts[3]));
}
