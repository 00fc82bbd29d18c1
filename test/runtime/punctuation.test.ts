import { expect, test } from 'vitest';
import { EmbeddedBroker } from '../../src/broker/embedded/embedded-broker.ts';
import { keyValueStore, newRecord, StreamsBuilder, type Topology } from '../../src/index.ts';
import type { KeyValueStore } from '../../src/store/key-value-store.ts';
import { applicationOf, createTopic, readAll, temporaryDirectory } from './application-fixtures.ts';

/** Counts its own calls by the wall clock in a store. */
function ticking(): Topology {
  const ticks = keyValueStore<string, number>({ name: 'ticks' });
  const builder = new StreamsBuilder();
  builder
    .stream<string, number>('in')
    .process<string, number>(
      () => {
        let store: KeyValueStore<string, number>;
        return {
          init: (context) => {
            store = context.keyValueStore(ticks);
            context.schedule({ type: 'wallClock', intervalMs: 1 }, (timestamp) => {
              const count = (store.get('ticks') ?? 0) + 1;
              store.put('ticks', count);
              return context.forward(newRecord({ key: 'ticks', value: count, timestamp }));
            });
          },
          process: () => undefined,
        };
      },
      { name: 'tick', stores: [ticks] },
    )
    .to('out');
  return builder.build('ticking');
}

test.each(['exactly_once', 'at_least_once'] as const)(
  'the wall clock punctuates and commits also when no record comes (%s)',
  async (processingGuarantee) => {
    await using directory = await temporaryDirectory();
    const broker = await EmbeddedBroker.inMemory();
    await createTopic(broker, 'in');
    for (const least of [3, 6]) {
      const application = applicationOf({
        topology: ticking(),
        broker,
        config: { stateDirectory: directory.path, processingGuarantee },
      });
      await application.start();
      while ((await readAll(broker, 'out')).length < least) await Promise.race([turn(), application.finished]);
      await application.close();
    }
    const values = (await readAll(broker, 'out')).map(({ value }) => value as number);
    expect(values).toEqual(values.map((_, index) => index + 1));
    await broker.close();
  },
);

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
