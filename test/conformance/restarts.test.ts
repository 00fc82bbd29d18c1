import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readCases, type ConformanceCase } from '../../scripts/conformance/case-file.ts';
import { differences } from '../../scripts/conformance/compare-outputs.ts';
import { levelDbBackend } from '../../src/store/leveldb/leveldb-backend.ts';
import { memoryBackend } from '../../src/store/memory/memory-backend.ts';
import { runWithRestarts } from './run-with-restarts.ts';

/** What a broker refuses, the machine's clock would move, or a start schedules anew. */
const NOT_AFTER_RESTARTS = ['"advanceWallClockMs"', '"batch"', '"topicSelector"'];

const cases = ['streams', 'recorded']
  .flatMap((folder) => readCases(join(import.meta.dirname, folder)))
  .filter(({ name, error }) => error === undefined && !name.startsWith('quirk-'))
  .filter((one) => !NOT_AFTER_RESTARTS.some((part) => JSON.stringify(one).includes(part)));

/** Each third case, so that it takes seconds. */
const sample = (from: number): readonly ConformanceCase[] => cases.filter((_one, index) => index % 3 === from);

describe.each([
  ['LevelDB', levelDbBackend, sample(0)],
  ['memory, restored from changelogs', memoryBackend, sample(1)],
])(
  'an application that is closed again and again does what Kafka Streams did in one go (%s)',
  (_name, backend, some) => {
    test.each(some)('$name', async (expected) => {
      const { outputCauses: _unknown, ...withoutCauses } = expected;

      const run = await runWithRestarts(expected, { every: 4, backend });

      expect(differences(withoutCauses, run, 'strict')).toEqual([]);
    });
  },
);
