import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buffer } from '../../src/serde/buffer-serde.ts';
import { Datum } from '../../src/serde/datum.ts';
import { readTime, timeBytes } from '../../src/serde/time-bytes.ts';
import { DueKeys } from '../../src/store/due-keys.ts';
import { BufferedStore } from '../../src/store/layers/buffered-store.ts';
import { MemoryEngine } from '../../src/store/memory/memory-engine.ts';

type Change =
  | { readonly add: number; readonly at: number; readonly spread: number }
  | { readonly deleteEvery: number }
  | { readonly advance: number }
  | { readonly takeFirst: number };

/** More keys than are read ahead, some of them all of one time. */
const anyChanges = fc.array(
  fc.oneof<fc.Arbitrary<Change>[]>(
    fc.record({
      add: fc.constantFrom(1, 3, 700, 1500),
      at: fc.nat({ max: 30 }),
      spread: fc.constantFrom(1, 2, 40),
    }),
    fc.record({ deleteEvery: fc.integer({ min: 2, max: 9 }) }),
    fc.record({ advance: fc.nat({ max: 10 }) }),
    fc.record({ takeFirst: fc.constantFrom(1, 5, 1200) }),
  ),
  { maxLength: 12 },
);

test('keys are given out in order when their time has come, each once, however many there are', async () => {
  await fc.assert(
    fc.asyncProperty(anyChanges, async (changes) => {
      const spec = { kind: 'key-value', name: 's', storage: 'memory', logged: true, scans: true } as const;
      const store = new BufferedStore({ ...spec, keySerde: buffer(), valueSerde: buffer() }, new MemoryEngine());
      // What else such a store has, after all times.
      for (const other of [0xfe, 0xff])
        store.put(Datum.ofValue(Buffer.from([other, 1])), Datum.ofValue(Buffer.of(0)), 0);
      const due = new DueKeys((from) => store.scanRange(Datum.ofValue(timeBytes(from)), null), -1);
      const known = new Map<string, Buffer>();
      const given: string[] = [];
      const expected: string[] = [];
      const inOrder = (): Buffer[] => [...known.values()].toSorted((a, b) => a.compare(b));
      let [now, made] = [0, 0];

      const put = (key: Buffer, present: boolean): void => {
        store.put(Datum.ofValue(key), present ? Datum.ofValue(Buffer.of(0)) : null, 0);
        if (present) known.set(key.toString('hex'), key);
        else known.delete(key.toString('hex'));
      };
      const take = async (keys: Buffer[], pending: void | Promise<void>): Promise<void> => {
        await pending;
        expected.push(...keys.map((key) => key.toString('hex')));
        for (const key of keys) put(key, false);
      };
      const step = (key: Buffer): void => void given.push(key.toString('hex'));

      for (const change of changes) {
        if ('add' in change) {
          for (let index = 0; index < change.add; index++) {
            const key = Buffer.concat([
              timeBytes(now + 1 + change.at + (index % change.spread)),
              Buffer.from(`${made++}`),
            ]);
            put(key, true);
            due.add(key);
          }
        } else if ('deleteEvery' in change) {
          for (const [index, key] of inOrder().entries()) {
            if (index % change.deleteEvery !== 0) continue;
            put(key, false);
            due.delete(key);
          }
        } else if ('advance' in change) {
          now += change.advance;
          const keys = inOrder().filter((key) => readTime(key, 0) <= now);
          if (keys.length > 0) expect(due.mayHave(now)).toBe(true);
          await take(keys, due.takeUpTo(now, step));
        } else {
          await take(inOrder().slice(0, change.takeFirst), due.takeFirst(change.takeFirst, step));
        }
      }
      expect(given).toEqual(expected);
    }),
    { numRuns: 60 },
  );
});
