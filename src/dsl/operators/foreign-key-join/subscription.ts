import { MillraceError } from '../../../core/millrace-error.ts';
import type { Serde } from '../../../serde/serde.ts';

/** What the side of the foreign key is to do with a subscription, by the names of Kafka Streams (KIP-213). */
export const instructions = {
  /** Unsubscribe; no answer is wanted. */
  deleteKeyNoPropagate: 0,
  /** Unsubscribe; answer with nothing, so that the result is deleted. */
  deleteKeyAndPropagate: 1,
  /** Subscribe; answer in any case, with null where the foreign row is missing. */
  propagateNullIfNoForeignRow: 2,
  /** Subscribe; answer only if the foreign row is there. */
  propagateOnlyIfForeignRow: 3,
} as const;

/** One of `instructions`. */
export type Instruction = (typeof instructions)[keyof typeof instructions];

/** What a row of the left table tells the owner of its foreign key: that it wants its row, or no longer does. */
export interface Subscription {
  readonly instruction: Instruction;
  /** The hash of the left row; null when that was deleted. Comes back with the answer, which is stale if it differs then. */
  readonly rowHash: Buffer | null;
  /** The left row's key. */
  readonly primaryKey: Buffer;
  /** The partition that the left row lives in: where the answer goes. */
  readonly primaryPartition: number;
}

/** The length of a row's hash. */
export const HASH_BYTES = 8;
const HEADER_BYTES = 6;

/** Subscriptions in their topic and store: instruction, whether there is a hash, partition (32 bits), hash, primary key. */
export const subscriptionSerde: Serde<Subscription> = {
  name: 'subscription',
  serialize({ instruction, rowHash, primaryKey, primaryPartition }) {
    const keyStart = HEADER_BYTES + (rowHash === null ? 0 : HASH_BYTES);
    const bytes = Buffer.allocUnsafe(keyStart + primaryKey.length);
    bytes[0] = instruction;
    bytes[1] = rowHash === null ? 0 : 1;
    bytes.writeUInt32BE(primaryPartition, 2);
    rowHash?.copy(bytes, HEADER_BYTES);
    primaryKey.copy(bytes, keyStart);
    return bytes;
  },
  deserialize(bytes) {
    const keyStart = HEADER_BYTES + (bytes[1] === 1 ? HASH_BYTES : 0);
    const instruction = bytes[0] ?? 255;
    if (bytes.length < keyStart || instruction > instructions.propagateOnlyIfForeignRow) {
      throw new MillraceError(
        'DESERIALIZATION_FAILED',
        `Expected a subscription of a foreign-key join, got ${bytes.length} bytes that are none`,
      );
    }
    return {
      instruction: instruction as Instruction,
      rowHash: bytes[1] === 1 ? bytes.subarray(HEADER_BYTES, keyStart) : null,
      primaryKey: bytes.subarray(keyStart),
      primaryPartition: bytes.readUInt32BE(2),
    };
  },
};

/** What the store has under `subscribersMarkKey`. */
export const subscribersMark: Subscription = Object.freeze({
  instruction: instructions.propagateNullIfNoForeignRow,
  rowHash: null,
  primaryKey: Buffer.alloc(0),
  primaryPartition: 0,
});
