import type { BrokerConsumer } from '../../broker/port.ts';
import { andThen } from '../../core/maybe-promise.ts';
import { CleanupStack } from '../cleanup-stack.ts';
import { type CommitWriter, type CommittingMember, PlainWriter, TransactionalWriter } from '../commit/commit-writer.ts';
import { ErrorHandlers } from '../errors/error-handlers.ts';
import { deadLetterTopicOf } from '../errors/error-policies.ts';
import { resolveSinkTopic } from '../topics/prepare-topics.ts';
import { RecordCollector, type RecordOutput } from '../tasks/record-collector.ts';
import { RepartitionPurger } from '../commit/repartition-purger.ts';
import { isRetriable } from '../errors/retriable-error.ts';
import { retried } from '../errors/retried.ts';
import type { RuntimeEnvironment } from '../runtime-environment.ts';
import { StateUpdater } from '../state/state-updater.ts';
import { TaskFactory } from '../tasks/task-factory.ts';
import type { SharedParts } from '../shared-parts.ts';
import { TaskManager } from '../tasks/task-manager.ts';
import { ThreadMembership } from './thread-membership.ts';
import type { ThreadState } from './thread-state.ts';
import { topicNamesOf } from '../topics/topic-names.ts';
import { Waker } from '../waker.ts';

/** What a thread is opened from. */
export interface OpenThreadOptions {
  readonly shared: SharedParts;
  /** Its number among the threads of the application, from 0. */
  readonly index: number;
  readonly onStateChange: (state: ThreadState) => void;
  /** Called when an instance wants all to stop. */
  readonly onStopRequested: () => void;
}

/** What a thread is made of. */
export interface OpenedThread {
  readonly index: number;
  readonly environment: RuntimeEnvironment;
  readonly membership: ThreadMembership;
  readonly collector: RecordCollector;
  readonly consumer: BrokerConsumer;
  readonly writer: CommitWriter;
  readonly purger: RepartitionPurger;
  readonly manager: TaskManager;
  readonly updater: StateUpdater;
  readonly waker: Waker;
  readonly openWriter: () => Promise<CommitWriter>;
  readonly onStateChange: (state: ThreadState) => void;
  readonly onStopRequested: () => void;
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
  const { shared, index, onStateChange, onStopRequested } = options;
  const { environment, localState } = shared;
  const { broker, config, clock, listener } = environment;
  const waker = new Waker();
  const wake = (): void => waker.wake();
  const membership: ThreadMembership = new ThreadMembership({
    shared,
    index,
    positions: () => [...localState.positions, ...manager.standbyPositions],
    onEvent: wake,
  });
  const openWriter = (): Promise<CommitWriter> =>
    retried(() => openCommitWriter(shared, index, membership), {
      clock,
      timeoutMs: config.taskTimeoutMs,
      retriable: isRetriable,
      unwanted: () => environment.signal.aborted,
    });
  // First of all, so that nothing that it has left open in an earlier life is committed later.
  const writer = await openWriter();
  cleanup.defer(() => writer.close());
  const consumer = await broker.openConsumer();
  cleanup.defer(() => consumer.close());
  const collector = openCollector(shared);
  const updater: StateUpdater = new StateUpdater({
    broker,
    group: config.applicationId,
    clock,
    taskTimeoutMs: config.taskTimeoutMs,
    listener,
    onRestored: (tasks) => manager.restored(tasks),
    onProgress: wake,
    onFailure: wake,
  });
  const errorHandlers = openErrorHandlers(environment, collector);
  const factory = new TaskFactory({ environment, globalTables: shared.globalTables, collector, errorHandlers });
  const manager: TaskManager = new TaskManager({ ...shared, factory, updater, wake });
  const purger = openPurger(environment);
  const parts = { environment, membership, collector, consumer, writer, purger, manager, updater, waker };
  return { ...parts, index, openWriter, onStateChange, onStopRequested };
}

function openPurger({ topology, broker, config, clock }: RuntimeEnvironment): RepartitionPurger {
  const topics = [...topology.repartitionTopics.keys()].map(topicNamesOf(topology, config.applicationId));
  return new RepartitionPurger(broker.admin, new Set(topics), { clock, intervalMs: config.repartitionPurgeIntervalMs });
}

/**
 * Topics that a sink chooses are made, and serdes opened for them, when the first record goes there. Dead letters have no
 * serde: they are bytes as they were.
 */
function openCollector({ environment, topics }: SharedParts): RecordCollector {
  const deadLetters = deadLetterTopicOf(environment.config);
  return new RecordCollector(
    (topic) =>
      andThen(
        topic === deadLetters ? undefined : environment.serdes.openChosen(topic),
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

async function openCommitWriter(
  { environment, processId }: SharedParts,
  index: number,
  member: CommittingMember,
): Promise<CommitWriter> {
  const { broker, config } = environment;
  const group = config.applicationId;
  if (config.processingGuarantee === 'at_least_once') {
    return new PlainWriter(await broker.openProducer(), broker.admin, { group, member });
  }
  const producer = await broker.openTransactionalProducer(`${group}-${processId}-${index}`);
  return new TransactionalWriter(producer, group, member);
}
