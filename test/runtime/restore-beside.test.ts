import { expect, test } from 'vitest';
import { EmbeddedBroker } from '../../src/broker/embedded/embedded-broker.ts';
import type { Broker, BrokerConsumer, PartitionOffset } from '../../src/broker/port.ts';
import {
  applicationOf,
  createTopic,
  drained,
  produce,
  readAll,
  recordsBy,
  runUntilDrained,
  temporaryDirectory,
} from './application-fixtures.ts';
import { countByTopology } from './fixtures.ts';
import { tasksOf, until } from './instances.ts';

/** A broker whose consumers of changelogs get nothing before the gate opens. */
function holdingChangelogs(broker: EmbeddedBroker, gate: Promise<void>): Broker {
  return {
    admin: broker.admin,
    openProducer: () => broker.openProducer(),
    openTransactionalProducer: (id) => broker.openTransactionalProducer(id),
    joinGroup: (options) => broker.joinGroup(options),
    close: () => broker.close(),
    openConsumer: async () => {
      const consumer = await broker.openConsumer();
      let held = false;
      const holding: BrokerConsumer = {
        assign: (positions: readonly PartitionOffset[]) => {
          held = positions.some(({ topic }) => topic.endsWith('-changelog'));
          consumer.assign(positions);
        },
        pause: (partitions) => consumer.pause(partitions),
        resume: (partitions) => consumer.resume(partitions),
        wakeup: () => consumer.wakeup(),
        close: () => consumer.close(),
        poll: async (options) => {
          if (held) await gate;
          return consumer.poll(options);
        },
      };
      return holding;
    },
  };
}

test('while the store of a task is restored other tasks process, and it goes on from the right place', async () => {
  await using first = await temporaryDirectory();
  await using second = await temporaryDirectory();
  const broker = await EmbeddedBroker.inMemory();
  await createTopic(broker, 'input');
  await produce(broker, 'input', recordsBy(700, 7));
  await runUntilDrained(applicationOf({ topology: countByTopology(), broker, config: { stateDirectory: first.path } }));
  const gate = Promise.withResolvers<void>();
  const application = applicationOf({
    topology: countByTopology(),
    broker: holdingChangelogs(broker, gate.promise),
    config: { stateDirectory: second.path },
  });
  await produce(broker, 'input', recordsBy(70, 7));

  const started = application.start();
  const restores = (): boolean => tasksOf(application.status(), 'active').some(({ phase }) => phase === 'restoring');
  await until(() => application.metrics().recordsProcessed === 70 && restores());
  const whileRestoring = {
    state: application.state,
    tasks: tasksOf(application.status(), 'active').map(({ task, phase }) => [task, phase]),
    stores: tasksOf(application.status(), 'active').flatMap(({ stores }) => stores),
  };
  gate.resolve();
  await started;
  await drained(application);

  expect(whileRestoring).toMatchObject({
    state: 'REBALANCING',
    tasks: [
      ['0_0', 'running'],
      ['1_0', 'restoring'],
    ],
    stores: [{ store: 'counts', task: '1_0', restored: 0, offset: 0, etaMs: null }],
  });
  expect(application.metrics().recordsRestored).toBeGreaterThanOrEqual(7);
  expect((await readAll(broker, 'counts')).slice(-7).map(({ value }) => value)).toEqual(Array(7).fill(110));
  await application.close();
});
