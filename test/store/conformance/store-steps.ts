import fc from 'fast-check';
import type { StoreHarness } from './store-harness.ts';

/** Something that happens between puts. */
export type Between = 'nothing' | 'commit' | 'restart' | 'restore';

/** Mostly nothing; restarts cost time. */
export const anyBetween: fc.Arbitrary<Between> = fc.oneof(
  { weight: 12, arbitrary: fc.constant<Between>('nothing') },
  { weight: 3, arbitrary: fc.constant<Between>('commit') },
  { weight: 1, arbitrary: fc.constantFrom<Between>('restart', 'restore') },
);

/** Keys that are prefixes of each other, one empty, one with bytes above 0x7f. */
export const KEYS = ['', 'a', 'ab', 'b', 'é'] as const;
export const anyStoreKey = fc.constantFrom(...KEYS);

/** Does it. True when stores must be opened again. */
export async function happens(between: Between, harness: StoreHarness): Promise<boolean> {
  if (between === 'nothing') return false;
  await harness[between]();
  return between !== 'commit';
}

/** In the order of the bytes of the keys. */
export function byKey(a: { readonly key: string }, b: { readonly key: string }): number {
  return Buffer.from(a.key).compare(Buffer.from(b.key));
}

/** Whether a key is within bounds by its bytes; null is open. */
export function isWithin(key: string, from: string | null, to: string | null): boolean {
  return (from === null || byKey({ key }, { key: from }) >= 0) && (to === null || byKey({ key }, { key: to }) <= 0);
}
