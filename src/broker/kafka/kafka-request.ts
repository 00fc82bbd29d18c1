import type { API } from '@platformatic/kafka';
import { MillraceError } from '../../core/millrace-error.ts';
import type { KafkaConnection } from './kafka-connections.ts';

/** What one version of a request is written and read with: a codec of the client library, or one of ours. */
export type Codec<Arguments extends unknown[], Response> = API<Arguments, Response>;

/**
 * A request of Kafka's protocol in the versions that we speak. The newest that the broker speaks too is taken, for each
 * broker by itself: during a rolling upgrade they differ.
 */
export interface KafkaRequest<Arguments extends unknown[], Response> {
  /** As Kafka's documentation calls it. */
  readonly name: string;
  /** Newest first. All take the same arguments and give the same response. */
  readonly codecs: readonly Codec<Arguments, Response>[];
  /** The error that a response tells of first, as Kafka's number; 0 where there is none. */
  readonly errorOf: (response: Response) => number;
}

/** A request with its arguments. */
export interface KafkaCall<Arguments extends unknown[], Response> {
  readonly request: KafkaRequest<Arguments, Response>;
  readonly args: NoInfer<Arguments>;
}

/** What a broker speaks, from its answer to ApiVersions. */
export interface BrokerVersions {
  /** Lowest and highest version by the number of the request. */
  readonly ranges: ReadonlyMap<number, readonly [lowest: number, highest: number]>;
  /** Finalized features and their levels: `transaction.version`, … */
  readonly features: ReadonlyMap<string, number>;
}

/** The newest codec that the broker speaks. Throws BROKER_UNSUPPORTED where there is none. */
export function pickCodec<Arguments extends unknown[], Response>(
  request: KafkaRequest<Arguments, Response>,
  versions: BrokerVersions,
  connection: KafkaConnection,
): Codec<Arguments, Response> {
  const found = request.codecs.find((codec) => speaks(versions, codec));
  if (found !== undefined) return found;
  const ours = request.codecs.map((codec) => codec.version);
  const theirs = versions.ranges.get(request.codecs[0]?.key ?? -1);
  throw new MillraceError(
    'BROKER_UNSUPPORTED',
    `Expected the broker to speak ${request.name} in version ${ours.join(' or ')}, got ${theirs?.join(' to ') ?? 'none'}`,
    { context: { broker: `${connection.host}:${connection.port}` } },
  );
}

/** Whether a broker speaks a version of a request. */
export function speaks(versions: BrokerVersions, codec: { readonly key: number; readonly version: number }): boolean {
  const range = versions.ranges.get(codec.key);
  return range !== undefined && codec.version >= range[0] && codec.version <= range[1];
}
