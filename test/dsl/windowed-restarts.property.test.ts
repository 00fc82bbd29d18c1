import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EmbeddedBroker } from '../../src/broker/embedded/embedded-broker.ts';
import { topology } from '../../src/dsl/topology-definition.ts';
import { hopping } from '../../src/dsl/windows/hopping.ts';
import { session } from '../../src/dsl/windows/session.ts';
import { sliding } from '../../src/dsl/windows/sliding.ts';
import { tumbling } from '../../src/dsl/windows/tumbling.ts';
import { levelDbBackend } from '../../src/store/leveldb/leveldb-backend.ts';
import { memoryBackend } from '../../src/store/memory/memory-backend.ts';
import { TopologyTestDriver } from '../../src/testing/index.ts';
import {
  applicationOf,
  createTopic,
  produce,
  runUntilDrained,
  temporaryDirectory,
} from '../runtime/application-fixtures.ts';
import { readTopic } from '../support/topics.ts';

/** One of each kind of state that windows have: updates, closing, suppression by both clocks, cogrouped inputs. */
const everyKind = topology('windowed-restarts', (builder) => {
  const grouped = builder.stream<string, number>('in').groupByKey();
  const tumblings = tumbling({ sizeMs: 10, graceMs: 5 });
  const updates = grouped.windowedBy(tumblings).count({ name: 'tumbling' });
  updates.toStream().to('updates');
  updates.suppress({ until: 'windowCloses', name: 'final' }).toStream().to('final');
  const latest = builder.table<string, number>('rows').suppress({
    until: { timeLimitMs: 8 },
    maxRecords: 2,
    name: 'latest',
  });
  latest.toStream().to('latest');
  const bytes = { until: { timeLimitMs: 8 }, maxBytes: 45, name: 'latest-bytes' } as const;
  builder.table<string, number>('rows').suppress(bytes).toStream().to('latest-bytes');
  const emit = 'onWindowClose';
  grouped
    .windowedBy(hopping({ sizeMs: 9, advanceMs: 4, graceMs: 3 }), { emit })
    .reduce((sum, value) => sum + value, { name: 'hopping' })
    .toStream()
    .to('hopping');
  grouped
    .windowedBy(sliding({ timeDifferenceMs: 6, graceMs: 4 }), { emit })
    .count({ name: 'sliding' })
    .toStream()
    .to('sliding');
  const sessions = session({ gapMs: 4, graceMs: 3 });
  grouped.windowedBy(sessions).count({ name: 'sessions' }).toStream().to('sessions');
  grouped.windowedBy(sessions, { emit }).count({ name: 'closed-sessions' }).toStream().to('closed-sessions');
  grouped
    .cogroup((sum: number, value) => sum + value)
    .cogroup(builder.stream<string, number>('others').groupByKey(), (sum, value) => sum - value)
    .windowedBy(tumblings)
    .aggregate({ initializer: () => 0, name: 'cogrouped' })
    .toStream()
    .to('cogrouped');
});

const OUTPUTS = [
  'updates',
  'final',
  'latest',
  'latest-bytes',
  'hopping',
  'sliding',
  'sessions',
  'closed-sessions',
  'cogrouped',
];

/** What comes in between two restarts, all to one topic: so that there is but one order to take it in. */
interface Phase {
  readonly topic: 'in' | 'rows' | 'others';
  /** `step` is added to how far time has come: a record may be late. */
  readonly records: readonly { readonly key: string; readonly value: number; readonly step: number }[];
}

const anyPhases = fc.array(
  fc.record<Phase>({
    topic: fc.constantFrom('in', 'in', 'rows', 'others'),
    records: fc.array(
      fc.record({
        key: fc.constantFrom('a', 'b', 'ab'),
        value: fc.nat(9),
        step: fc.integer({ min: -12, max: 9 }),
      }),
      { minLength: 1, maxLength: 12 },
    ),
  }),
  { minLength: 1, maxLength: 5 },
);

interface TimedPhase {
  readonly topic: string;
  readonly records: readonly { readonly key: string; readonly value: number; readonly timestamp: number }[];
}

/** The phases with timestamps. */
function timed(phases: readonly Phase[]): TimedPhase[] {
  let now = 0;
  return phases.map(({ topic, records }) => ({
    topic,
    records: records.map(({ key, value, step }) => {
      const timestamp = Math.max(0, now + step);
      now = Math.max(now, timestamp);
      return { key, value, timestamp };
    }),
  }));
}

interface Written {
  readonly key: string;
  readonly value: string | null;
  readonly timestamp: number;
}

const hex = ({ key, value, timestamp }: { key: Buffer | null; value: Buffer | null; timestamp: number }): Written => ({
  key: String(key?.toString('hex')),
  value: value === null ? null : value.toString(),
  timestamp,
});

/** What the topology makes of the inputs in one go, record by record. */
async function withoutRestarts(phases: readonly TimedPhase[]): Promise<Map<string, Written[]>> {
  const driver = new TopologyTestDriver(everyKind);
  for (const { topic, records } of phases) {
    const input = driver.createInputTopic<string, number>(topic);
    for (const { key, value, timestamp } of records) await input.pipeInput(key, value, { timestamp });
  }
  const raw = { name: 'raw', serialize: (bytes: Buffer) => bytes, deserialize: (bytes: Buffer) => bytes };
  const written = OUTPUTS.map((topic): [string, Written[]] => [
    topic,
    driver.createOutputTopic<Buffer, Buffer>(topic, { keySerde: raw, valueSerde: raw }).readRecords().map(hex),
  ]);
  await driver.close();
  return new Map(written);
}

test.each([
  ['memory, restored from changelogs', memoryBackend, 25],
  ['LevelDB', levelDbBackend, 15],
])(
  'windows go on after restarts as if there had been none (%s)',
  { timeout: 240_000 },
  async (_name, backend, numRuns) => {
    await fc.assert(
      fc.asyncProperty(anyPhases, async (generated) => {
        const phases = timed(generated);
        await using directory = await temporaryDirectory();
        const broker = await EmbeddedBroker.inMemory();
        for (const topic of ['in', 'rows', 'others']) await createTopic(broker, topic);
        for (const phase of phases) {
          const application = applicationOf({
            topology: everyKind,
            broker,
            storeBackend: backend(),
            config: { stateDirectory: directory.path },
          });
          await produce(broker, phase.topic, phase.records);
          await runUntilDrained(application);
        }
        const expected = await withoutRestarts(phases);
        for (const topic of OUTPUTS) {
          expect((await readTopic(broker, topic)).map(hex), topic).toEqual(expected.get(topic));
        }
        await broker.close();
      }),
      { numRuns },
    );
  },
);
