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
  /** With an answer that there is no row: the foreign key that was asked for. Null with every other, and unknown with old ones. */
  readonly missingKey: Buffer | null;
  /** Whether the subscription has ended with this answer: none follows, unless the left row asks anew. */
  readonly isLast: boolean;
  /** The partition that the left row lives in. */
  readonly primaryPartition: number;
}

const HAS_HASH = 1;
const HAS_ROW = 2;
const IS_LAST = 4;
const HAS_MISSING_KEY = 8;
const ALL_FLAGS = HAS_HASH | HAS_ROW | IS_LAST | HAS_MISSING_KEY;
const HEADER_BYTES = 5;

/** Answers in their topic: flags, partition (32 bits), hash, then the foreign row, which keeps the bytes it has, or the key that has none. */
export function subscriptionResponseSerde<V>(foreignSerde: Serde<V>): Serde<SubscriptionResponse<V>> {
  return {
    name: `response with ${foreignSerde.name}`,
    ...nestedSerde(foreignSerde, (bytes) => [bytes.subarray(restStartOf(bytes))]),
    serialize({ rowHash, foreignRow, missingKey, isLast, primaryPartition }) {
      const rest = foreignRow === null ? missingKey : foreignRow.bytes(foreignSerde);
      const restFlag = foreignRow !== null ? HAS_ROW : missingKey !== null ? HAS_MISSING_KEY : 0;
      const restStart = HEADER_BYTES + (rowHash === null ? 0 : HASH_BYTES);
      const bytes = Buffer.allocUnsafe(restStart + (rest === null ? 0 : rest.length));
      bytes[0] = (rowHash === null ? 0 : HAS_HASH) | restFlag | (isLast ? IS_LAST : 0);
      bytes.writeUInt32BE(primaryPartition, 1);
      rowHash?.copy(bytes, HEADER_BYTES);
      rest?.copy(bytes, restStart);
      return bytes;
    },
    deserialize(bytes) {
      const flags = bytes[0] ?? 255;
      const restStart = restStartOf(bytes);
      if (flags > ALL_FLAGS || bytes.length < restStart) {
        throw new MillraceError(
          'DESERIALIZATION_FAILED',
          `Expected a response of a foreign-key join, got ${bytes.length} bytes that are none`,
        );
      }
      return {
        rowHash: (flags & HAS_HASH) === 0 ? null : bytes.subarray(HEADER_BYTES, restStart),
        foreignRow: (flags & HAS_ROW) === 0 ? null : Datum.ofBytes(bytes.subarray(restStart), foreignSerde),
        missingKey: (flags & HAS_MISSING_KEY) === 0 ? null : bytes.subarray(restStart),
        isLast: (flags & IS_LAST) !== 0,
        primaryPartition: bytes.readUInt32BE(1),
      };
    },
  };
}

function restStartOf(bytes: Buffer): number {
  return HEADER_BYTES + (((bytes[0] ?? 0) & HAS_HASH) === 0 ? 0 : HASH_BYTES);
}
