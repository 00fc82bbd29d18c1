import type { FastifyRequest } from 'fastify';
import { MillraceError } from '../../core/millrace-error.ts';
import type { TopicPartition } from '../../core/topic-partition.ts';
import type { KeyEncoding } from './key-text.ts';

/** The headers of queries, in lower case. */
export const POSITION = 'millrace-position';
export const POSITION_TIMEOUT = 'millrace-position-timeout-ms';
/** Marks what another instance asks: it is answered from here, or not at all, so that no request goes in a circle. */
export const FORWARDED = 'millrace-forwarded';
/** The partitions that another instance asks for. */
export const PARTITIONS = 'millrace-partitions';

const DEFAULT_POSITION_TIMEOUT_MS = 5000;

/** What may be asked of a store: parameters of the path and the query. */
export interface StoreParameters {
  readonly application?: string;
  readonly store: string;
  readonly key?: string;
  readonly keyEncoding?: KeyEncoding;
  readonly from?: string | number;
  readonly to?: string | number;
  readonly prefix?: string;
  readonly timeFrom?: number;
  readonly timeTo?: number;
  readonly reverse?: boolean;
  readonly limit?: number;
  readonly asOf?: number;
  readonly stale?: boolean;
  readonly partition?: number;
}

/** An offset that the records before are to be seen of. */
export interface PositionBound extends TopicPartition {
  readonly offset: number;
}

/** How a query is to be answered, whatever it asks. */
export interface QueryMode {
  /** Whether copies may answer. */
  readonly allowStale: boolean;
  /** Whether another instance asks. */
  readonly isForwarded: boolean;
  /** The partitions that are asked for; undefined, whichever there are. */
  readonly partitions: readonly number[] | undefined;
  /** What the answer must show: everything before these offsets. */
  readonly bounds: readonly PositionBound[];
  readonly positionTimeoutMs: number;
}

/** A request as its parameters, checked by its schema already. */
export function parametersOf({ params, query }: FastifyRequest): StoreParameters {
  return { ...(query as object), ...(params as object) } as StoreParameters;
}

/** How a request is to be answered. Throws QUERY_INVALID. */
export function modeOf({ headers, query }: FastifyRequest): QueryMode {
  const { stale = false, partition } = query as StoreParameters;
  const { [PARTITIONS]: listed, [POSITION]: position, [POSITION_TIMEOUT]: timeout } = headers;
  const isForwarded = headers[FORWARDED] !== undefined;
  return {
    allowStale: stale,
    isForwarded,
    partitions:
      isForwarded && typeof listed === 'string' ? numbersOf(listed) : partition === undefined ? undefined : [partition],
    bounds: typeof position === 'string' ? boundsOf(position) : [],
    positionTimeoutMs: timeout === undefined ? DEFAULT_POSITION_TIMEOUT_MS : Number(timeout),
  };
}

/** `orders-0=1234, orders-1=5` */
export function formatBounds(bounds: readonly PositionBound[]): string {
  return bounds.map(({ topic, partition, offset }) => `${topic}-${partition}=${offset}`).join(', ');
}

function boundsOf(text: string): PositionBound[] {
  return text.split(',').map((part) => {
    const [, topic, partition, offset] = /^\s*([^\s=]+)-(\d{1,9})=(\d{1,15})\s*$/.exec(part) ?? [];
    if (topic !== undefined) return { topic, partition: Number(partition), offset: Number(offset) };
    throw new MillraceError(
      'QUERY_INVALID',
      `Expected "${POSITION}" to be offsets by partition such as "orders-0=1234, orders-1=5", got something else`,
    );
  });
}

function numbersOf(text: string): number[] {
  return text
    .split(',')
    .filter((part) => part !== '')
    .map(Number);
}
