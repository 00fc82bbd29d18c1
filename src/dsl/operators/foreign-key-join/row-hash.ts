import { murmur2 } from '../../../core/murmur2.ts';
import { HASH_BYTES } from './subscription.ts';

const SECOND_SEED = 0x3c6ef372;

/** 64 bits that tell two versions of a row apart: murmur2 with two seeds. */
export function rowHash(bytes: Buffer): Buffer {
  const hash = Buffer.allocUnsafe(HASH_BYTES);
  hash.writeInt32BE(murmur2(bytes), 0);
  hash.writeInt32BE(murmur2(bytes, SECOND_SEED), 4);
  return hash;
}

/** Whether two hashes, either of which may be missing, are the same. */
export function sameHash(a: Buffer | null, b: Buffer | null): boolean {
  return a === null || b === null ? a === b : a.equals(b);
}
