import type protobuf from 'protobufjs';
import { unreadable } from './misfit.ts';

/** The deepest that messages are declared within each other. */
const MAX_DEPTH = 100;

/**
 * Writes which message of its file follows, as Confluent's format has it: how many indexes, then the index of the message at
 * each level, zigzag varints; the first message of a file, the usual one, is a single 0.
 */
export function writeMessageIndexes(writer: protobuf.Writer, indexes: readonly number[]): void {
  if (isFirst(indexes)) {
    writer.sint32(0);
    return;
  }
  writer.sint32(indexes.length);
  for (const index of indexes) writer.sint32(index);
}

/** Which message of its file follows. Throws DESERIALIZATION_FAILED. */
export function readMessageIndexes(reader: protobuf.Reader): readonly number[] {
  const count = reader.sint32();
  if (count === 0) return FIRST;
  if (count < 0 || count > MAX_DEPTH) throw unreadable(`${count} message indexes`);
  return Array.from({ length: count }, () => reader.sint32());
}

const FIRST: readonly number[] = Object.freeze([0]);

function isFirst(indexes: readonly number[]): boolean {
  return indexes.length === 1 && indexes[0] === 0;
}
