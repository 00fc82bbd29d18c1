import { MillraceError } from '../../../core/millrace-error.ts';
import { Datum } from '../../../serde/datum.ts';
import { nestedSerde } from '../../../serde/nested-serde.ts';
import type { Serde } from '../../../serde/serde.ts';
import { HASH_BYTES } from './subscription.ts';

/** The answer to a subscription: the foreign row as it is now. */
export interface SubscriptionResponse<V> {
  /** The hash of the left row that asked; null when that was deleted. */
  readonly rowHash: Buffer | null;
  /** Null where there is none, or where the result is to be deleted. */
  readonly foreignRow: Datum<V> | null;
  /** Whether the subscription has ended with this answer: none follows, unless the left row asks anew. */
  readonly isLast: boolean;
  /** The partition that the left row lives in. */
  readonly primaryPartition: number;
}

const HAS_HASH = 1;
const HAS_ROW = 2;
const IS_LAST = 4;
const HEADER_BYTES = 5;

/** Answers in their topic: flags, partition (32 bits), hash, foreign row, which keeps the bytes it has. */
export function subscriptionResponseSerde<V>(foreignSerde: Serde<V>): Serde<SubscriptionResponse<V>> {
  return {
    name: `response with ${foreignSerde.name}`,
    ...nestedSerde(foreignSerde, (bytes) => [bytes.subarray(rowStartOf(bytes))]),
    serialize({ rowHash, foreignRow, isLast, primaryPartition }) {
      const row = foreignRow === null ? null : foreignRow.bytes(foreignSerde);
      const rowStart = HEADER_BYTES + (rowHash === null ? 0 : HASH_BYTES);
      const bytes = Buffer.allocUnsafe(rowStart + (row === null ? 0 : row.length));
      bytes[0] = (rowHash === null ? 0 : HAS_HASH) | (row === null ? 0 : HAS_ROW) | (isLast ? IS_LAST : 0);
      bytes.writeUInt32BE(primaryPartition, 1);
      rowHash?.copy(bytes, HEADER_BYTES);
      row?.copy(bytes, rowStart);
      return bytes;
    },
    deserialize(bytes) {
      const flags = bytes[0] ?? 255;
      const rowStart = rowStartOf(bytes);
      if (flags > (HAS_HASH | HAS_ROW | IS_LAST) || bytes.length < rowStart) {
        throw new MillraceError(
          'DESERIALIZATION_FAILED',
          `Expected a response of a foreign-key join, got ${bytes.length} bytes that are none`,
        );
      }
      return {
        rowHash: (flags & HAS_HASH) === 0 ? null : bytes.subarray(HEADER_BYTES, rowStart),
        foreignRow: (flags & HAS_ROW) === 0 ? null : Datum.ofBytes(bytes.subarray(rowStart), foreignSerde),
        isLast: (flags & IS_LAST) !== 0,
        primaryPartition: bytes.readUInt32BE(1),
      };
    },
  };
}

function rowStartOf(bytes: Buffer): number {
  return HEADER_BYTES + (((bytes[0] ?? 0) & HAS_HASH) === 0 ? 0 : HASH_BYTES);
}
