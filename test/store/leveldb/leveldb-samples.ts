import type { LevelDbOptions } from '../../../src/store/leveldb/leveldb-backend.ts';
import type { StoreEngine } from '../../../src/store/engine.ts';

/** So that little data makes many table files and compactions. */
export const SMALL_FILES: LevelDbOptions = { writeBufferBytes: 256 * 1024, fileBytes: 64 * 1024 };

const KEYS = 200;
const VALUE_BYTES = 500;

/** The same keys in every batch, all with the batch's number: a batch that was torn shows two numbers. */
export function batchOf(position: number): { key: Buffer; value: Buffer }[] {
  return Array.from({ length: KEYS }, (_, index) => ({ key: keyOf(index), value: valueOf(position) }));
}

/** The numbers of the batches whose values the engine holds, -1 for what no batch wrote. */
export function batchesIn(engine: StoreEngine): Set<number> {
  const numbers = new Set<number>();
  for (let index = 0; index < KEYS; index++) {
    const value = engine.get(keyOf(index));
    const number = Number(value?.toString('latin1').split(' ', 1)[0] ?? -1);
    numbers.add(value?.equals(valueOf(number)) === true ? number : -1);
  }
  return numbers;
}

function keyOf(index: number): Buffer {
  return Buffer.from(`key ${String(index).padStart(6, '0')}`);
}

function valueOf(position: number): Buffer {
  const pattern = (position * 2_654_435_761).toString(36);
  return Buffer.from(`${position} `.padEnd(VALUE_BYTES, pattern));
}
