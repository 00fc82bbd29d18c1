import type { BrokerConsumer } from '../broker/port.ts';
import { andThen } from '../core/maybe-promise.ts';
import { taskName } from '../core/task-id.ts';
import { CleanupStack } from './cleanup-stack.ts';
import { type CommitWriter, PlainWriter, TransactionalWriter } from './commit-writer.ts';
import { ErrorHandlers } from './error-handlers.ts';
import { deadLetterTopicOf } from './error-policies.ts';
import type { GlobalTables } from './global-tables.ts';
import { type PreparedTopics, resolveSinkTopic } from './prepare-topics.ts';
import { RecordCollector, type RecordOutput } from './record-collector.ts';
import { RepartitionPurger } from './repartition-purger.ts';
import type { RuntimeEnvironment } from './runtime-environment.ts';
import { StateUpdater } from './state-updater.ts';
import { TaskFactory } from './task-factory.ts';
import { TaskManager, type ThreadAssignment } from './task-manager.ts';
import { TaskStores } from './task-stores.ts';
import type { ThreadState } from './thread-state.ts';
import { topicNamesOf } from './topic-names.ts';
import { Waker } from './waker.ts';

/** What a thread is opened from. */
export interface OpenThreadOptions {
  readonly environment: RuntimeEnvironment;
  readonly topics: PreparedTopics;
  readonly globalTables: GlobalTables | null;
  /** Its number among the threads of the application, from 0. */
  readonly index: number;
  readonly onStateChange: (state: ThreadState) => void;
}

/** What a thread is made of. */
export interface OpenedThread {
  readonly environment: RuntimeEnvironment;
  readonly collector: RecordCollector;
  readonly consumer: BrokerConsumer;
  readonly writer: CommitWriter;
  readonly purger: RepartitionPurger;
  readonly manager: TaskManager;
  readonly updater: StateUpdater;
  readonly waker: Waker;
  readonly openWriter: () => Promise<CommitWriter>;
  readonly takeAssignment: () => ThreadAssignment | null;
  readonly onStateChange: (state: ThreadState) => void;
}

/** Opens the parts of a thread. Closes what it has opened when it fails. */
export async function openThread(options: OpenThreadOptions): Promise<OpenedThread> {
  const cleanup = new CleanupStack();
  try {
    return await open(options, cleanup);
  } catch (error) {
    await cleanup.run().catch(() => undefined);
    throw error;
  }
}

async function open(options: OpenThreadOptions, cleanup: CleanupStack): Promise<OpenedThread> {
  const { environment, topics, globalTables } = options;
  const { topology, broker, config, clock, listener } = environment;
  const waker = new Waker();
  const openWriter = (): Promise<CommitWriter> => openCommitWriter(options);
  // First of all, so that nothing of an earlier instance is committed after offsets and changelogs are looked at.
  const writer = await openWriter();
  cleanup.defer(() => writer.close());
  const consumer = await broker.openConsumer();
  cleanup.defer(() => consumer.close());
  const collector = openCollector(options);
  const repartitionTopics = [...topology.repartitionTopics.keys()].map(topicNamesOf(topology, config.applicationId));
  const purger = new RepartitionPurger(broker.admin, new Set(repartitionTopics), {
    clock,
    intervalMs: config.repartitionPurgeIntervalMs,
  });
  const updater: StateUpdater = new StateUpdater({
    broker,
    group: config.applicationId,
    clock,
    listener,
    onRestored: (tasks) => manager.restored(tasks),
    onFailure: () => waker.wake(),
  });
  const manager: TaskManager = new TaskManager({
    environment,
    plans: new Map(topics.tasks.map((plan) => [taskName(plan.id), plan])),
    stores: new TaskStores(environment, topics.sourceChangelogs),
    factory: new TaskFactory({
      environment,
      globalTables,
      collector,
      errorHandlers: openErrorHandlers(environment, collector),
    }),
    updater,
    wake: () => waker.wake(),
  });
  let assignment: ThreadAssignment | null = { active: topics.tasks.map(({ id }) => taskName(id)), standby: [] };
  const takeAssignment = (): ThreadAssignment | null => {
    const taken = assignment;
    assignment = null;
    return taken;
  };
  const { onStateChange } = options;
  const parts = { environment, collector, consumer, writer, purger, manager, updater, waker };
  return { ...parts, openWriter, takeAssignment, onStateChange };
}

/** Topics that a sink chooses are made, and serdes opened for them, when the first record goes there. */
function openCollector({ environment, topics }: OpenThreadOptions): RecordCollector {
  return new RecordCollector(
    (topic) =>
      andThen(
        environment.serdes.openChosen(topic),
        () => topics.sinkPartitions.get(topic) ?? resolveSinkTopic(topic, topics.options),
      ),
    topics.maxRecordBytes,
  );
}

/** Null where every error stops the application. */
function openErrorHandlers({ config, logger }: RuntimeEnvironment, collector: RecordCollector): ErrorHandlers | null {
  const { deserializationErrors, processingErrors, productionErrors } = config;
  const policies = {
    deserialization: deserializationErrors,
    processing: processingErrors,
    production: productionErrors,
  };
  if (Object.values(policies).every((policy) => policy === 'fail')) return null;
  const topic = deadLetterTopicOf(config);
  // Its partitions are known: it was prepared with the others.
  const deadLetters = topic === null ? null : (collector.output(topic) as RecordOutput);
  return new ErrorHandlers({ policies, deadLetters, logger });
}

async function openCommitWriter({ environment, index }: OpenThreadOptions): Promise<CommitWriter> {
  const { broker, config } = environment;
  const group = config.applicationId;
  if (config.processingGuarantee === 'at_least_once') {
    return new PlainWriter(await broker.openProducer(), broker.admin, group);
  }
  return new TransactionalWriter(await broker.openTransactionalProducer(`${group}-${index}`), group);
}
