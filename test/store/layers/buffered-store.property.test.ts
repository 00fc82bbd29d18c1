import { join } from 'node:path';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { levelDbBackend } from '../../../src/store/leveldb/leveldb-backend.ts';
import { memoryBackend } from '../../../src/store/memory/memory-backend.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { BufferedStoreModel } from './buffered-store-model.ts';

/** Few and short keys, so that they meet: the bytes that borders and carries happen at, and a plain letter. */
const key = fc.array(fc.constantFrom('\0', 'a', '\xfe', '\xff'), { maxLength: 3 }).map((letters) => letters.join(''));
const value = fc.string({ maxLength: 4 });
const timestamp = fc.oneof(fc.integer(), fc.maxSafeInteger());

type Step = (model: BufferedStoreModel) => void | Promise<void>;

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: calls('put', fc.tuple(key, value, timestamp)) },
  { weight: 3, arbitrary: calls('delete', fc.tuple(key)) },
  { weight: 4, arbitrary: calls('checkGet', fc.tuple(key)) },
  { weight: 2, arbitrary: calls('checkPrefix', fc.tuple(key)) },
  { weight: 2, arbitrary: calls('checkRange', fc.tuple(fc.option(key), fc.option(key), fc.boolean())) },
  { weight: 3, arbitrary: calls('seal', fc.constant([])) },
  { weight: 2, arbitrary: calls('startFlush', fc.constant([])) },
  { weight: 1, arbitrary: calls('finishFlush', fc.constant([])) },
  { weight: 1, arbitrary: calls('reopen', fc.constant([])) },
);
const steps = fc.array(step, { maxLength: 60, size: 'max' });

describe.each([
  { name: 'memory', backend: memoryBackend(), numRuns: 400 },
  { name: 'leveldb', backend: levelDbBackend(), numRuns: 60 },
])('a buffered store over $name', ({ backend, numRuns }) => {
  test.each([
    { scans: true, cacheBytes: 0 },
    { scans: true, cacheBytes: 2000 },
    { scans: false, cacheBytes: 1_000_000 },
  ])('holds what a plain map would, whatever the order of calls: %o', async ({ scans, cacheBytes }) => {
    await using directory = await temporaryDirectory();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(steps, async (commands) => {
        const path = join(directory.path, String(run++));
        await using model = await BufferedStoreModel.open({ backend, directory: path, scans, cacheBytes });
        for (const command of commands) await command(model);
        await model.finishFlush();
        await model.checkRange(null, null, false);
      }),
      { numRuns },
    );
  });
});

type Call =
  | 'put'
  | 'delete'
  | 'checkGet'
  | 'checkPrefix'
  | 'checkRange'
  | 'seal'
  | 'startFlush'
  | 'finishFlush'
  | 'reopen';

/** Steps that call this method of the model, and say so in a counterexample. */
function calls<C extends Call>(name: C, args: fc.Arbitrary<Parameters<BufferedStoreModel[C]>>): fc.Arbitrary<Step> {
  return args.map((values) => {
    const run = (model: BufferedStoreModel): void | Promise<void> =>
      (model[name] as (...args: unknown[]) => void | Promise<void>).apply(model, values);
    return Object.assign(run, { [fc.toStringMethod]: () => `${name}(${JSON.stringify(values).slice(1, -1)})` });
  });
}
