import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EmbeddedBroker } from '../../src/broker/embedded/embedded-broker.ts';
import { createTopic, produce, readAll } from './application-fixtures.ts';
import { countByTopology } from './fixtures.ts';
import { type Instance, Instances } from './instances.ts';

const PARTITIONS = 3;
const TASKS = 2 * PARTITIONS;
const GROUPS = ['a', 'b', 'c', 'd', 'e'];

/** What happens to an application; `at` chooses among the instances that are there. */
type Happening =
  | { readonly kind: 'records'; readonly count: number }
  | { readonly kind: 'join'; readonly threads: number }
  | { readonly kind: 'close' | 'crash' | 'freeze' | 'thaw'; readonly at: number; readonly calls: number }
  | { readonly kind: 'turns'; readonly count: number };

const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('records' as const), count: fc.integer({ min: 1, max: 800 }) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('join' as const), threads: fc.integer({ min: 1, max: 2 }) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom('close' as const, 'crash' as const, 'freeze' as const, 'thaw' as const),
      at: fc.nat(5),
      calls: fc.nat(25),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('turns' as const), count: fc.integer({ min: 1, max: 60 }) }) },
);

/** Runs what happens, and counts what was given in. */
class Scenario {
  readonly expected = new Map<string, number>();
  readonly #broker: EmbeddedBroker;
  readonly #instances: Instances;
  readonly #frozen = new Set<Instance>();
  readonly #crashed = new Set<Instance>();
  #produced = 0;

  constructor(broker: EmbeddedBroker, instances: Instances) {
    this.#broker = broker;
    this.#instances = instances;
  }

  async happens(event: Happening): Promise<void> {
    if (event.kind === 'records') return this.#produce(event.count);
    if (event.kind === 'join') return this.#join(event.threads);
    if (event.kind === 'turns') {
      for (let turn = 0; turn < event.count; turn++) await new Promise((resolve) => setImmediate(resolve));
      return;
    }
    const among = [...(event.kind === 'thaw' ? this.#frozen : this.#instances.alive)];
    const instance = among[event.at % Math.max(1, among.length)];
    if (instance !== undefined) await this.#strike(event.kind, instance, event.calls);
  }

  /** Brings everything back, and waits until all is done. */
  async end(): Promise<void> {
    for (const instance of this.#frozen) await this.#strike('thaw', instance, 0);
    for (const instance of this.#crashed) await instance.broker.freeze();
    if (this.#instances.alive.size === 0) await this.#join(1);
    await this.#instances.settled(TASKS);
  }

  async #produce(count: number): Promise<void> {
    const records = Array.from({ length: count }, () => {
      const by = GROUPS[this.#produced % GROUPS.length] as string;
      this.expected.set(by, (this.expected.get(by) ?? 0) + 1);
      return { key: this.#produced++, value: { by } };
    });
    await produce(this.#broker, 'input', records);
  }

  async #join(threads: number): Promise<void> {
    const { application } = await this.#instances.create({ threads });
    // It may be struck before it runs.
    application.start().catch(() => undefined);
  }

  async #strike(kind: 'close' | 'crash' | 'freeze' | 'thaw', instance: Instance, calls: number): Promise<void> {
    if (kind === 'close') return this.#instances.close(instance);
    if (kind !== 'thaw') {
      (kind === 'freeze' ? this.#frozen : this.#crashed).add(instance);
      this.#instances.alive.delete(instance);
      return instance.broker.freezeAfter(calls);
    }
    this.#frozen.delete(instance);
    this.#instances.alive.add(instance);
    instance.broker.thaw();
  }
}

test.each([
  { processingGuarantee: 'exactly_once' as const, numStandbyReplicas: 0 },
  { processingGuarantee: 'exactly_once' as const, numStandbyReplicas: 1 },
  { processingGuarantee: 'at_least_once' as const, numStandbyReplicas: 1 },
])(
  'whatever happens to instances, counts are those of the records ($processingGuarantee, $numStandbyReplicas standbys)',
  { timeout: 240_000 },
  async (config) => {
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { minLength: 3, maxLength: 14 }), async (events) => {
        const broker = await EmbeddedBroker.inMemory();
        await createTopic(broker, 'input', PARTITIONS);
        await createTopic(broker, 'counts', PARTITIONS);
        await using instances = new Instances(broker, () => countByTopology(), {
          ...config,
          probingRebalanceIntervalMs: 20,
          acceptableRecoveryLag: 10,
        });
        const scenario = new Scenario(broker, instances);
        for (const event of events) await scenario.happens(event);
        await scenario.end();

        const written = Map.groupBy(await readAll(broker, 'counts'), ({ key }) => key as string);
        for (const [group, count] of scenario.expected) {
          const counts = (written.get(group) ?? []).map(({ value }) => value as number);
          if (config.processingGuarantee === 'exactly_once') {
            expect(counts).toEqual(Array.from({ length: count }, (_, index) => index + 1));
          } else expect(counts.at(-1)).toBeGreaterThanOrEqual(count);
        }
      }),
      { numRuns: 40, timeout: 60_000, endOnFailure: true },
    );
  },
);
