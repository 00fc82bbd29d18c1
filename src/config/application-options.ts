import { z } from 'zod';
import { mebibytes } from '../core/bytes.ts';
import { minutes, seconds } from '../core/duration.ts';
import { option, optionGroup, type OptionInput, type OptionValues } from './option.ts';

/** `zone=eu-1,rack=7`, or nothing. */
const TAGS = /^(?:[^=,]+=[^=,]+(?:,[^=,]+=[^=,]+)*)?$/;

/** How an application processes, commits and keeps its state. */
export const applicationOptions = optionGroup({
  name: 'application',
  description: 'How an application processes, commits and keeps its state.',
  options: {
    dataDirectory: option({
      type: z.string().min(1),
      default: '.millrace/data',
      flag: 'data-dir',
      allows: 'the path of a directory',
      description: 'Where the stores and the embedded broker keep their files. One process at a time may use it.',
    }),
    threads: option({
      type: z.int().min(1),
      default: 1,
      unit: 'threads',
      description:
        'How many stream threads an instance has. Each runs tasks of its own, with its own consumer and producer. With `millrace run` on Kafka each beyond the first is a worker thread, which loads the topology files anew, so that as many cores are used. On the embedded broker all share one event loop: more of them overlap waiting, but use no more cores.',
    }),
    taskTimeoutMs: option({
      type: z.int().min(0),
      default: minutes(5),
      unit: 'ms',
      description:
        'How long what may go away by itself, such as a broker that does not answer, is tried again before it counts as an error.',
    }),
    instanceId: option({
      type: z.string().min(1).nullable(),
      default: null,
      allows: 'a name that no other instance has',
      description:
        'Makes the instance a static member of its group: one that comes back under the same name within `sessionTimeoutMs` goes on with the tasks it had, without a rebalance.',
    }),
    sessionTimeoutMs: option({
      type: z.int().min(1),
      default: seconds(45),
      unit: 'ms',
      description: 'After how long without a sign of life the tasks of a thread are given to others.',
    }),
    heartbeatIntervalMs: option({
      type: z.int().min(1),
      default: seconds(3),
      unit: 'ms',
      description:
        'How often a thread gives a sign of life, and hears of rebalances. At most a third of `sessionTimeoutMs`.',
    }),
    rebalanceTimeoutMs: option({
      type: z.int().min(1),
      default: minutes(1),
      unit: 'ms',
      description: 'How long a rebalance waits for threads that are busy; who is not back by then has lost its tasks.',
    }),
    numStandbyReplicas: option({
      type: z.int().min(0),
      default: 0,
      unit: 'replicas',
      description: "How many other instances keep a copy of each task's state up to date, to take over at once.",
    }),
    acceptableRecoveryLag: option({
      type: z.int().min(0),
      default: 10_000,
      unit: 'records',
      description:
        'Up to how many changelog records behind a copy of state counts as caught up, so that its task may move there.',
    }),
    maxWarmupReplicas: option({
      type: z.int().min(1),
      default: 2,
      unit: 'replicas',
      description: 'How many tasks at once may have a copy of their state warmed up elsewhere before they move there.',
    }),
    probingRebalanceIntervalMs: option({
      type: z.int().min(1),
      default: minutes(10),
      unit: 'ms',
      description: 'How often it is looked whether state that is warmed up has caught up.',
    }),
    clientTags: option({
      type: z.string().regex(TAGS),
      default: '',
      allows: 'tags such as zone=eu-1,rack=7',
      description: 'Where the instance runs.',
    }),
    rackAwareAssignmentTags: option({
      type: z.string().regex(/^(?:[^=,]+(?:,[^=,]+)*)?$/),
      default: '',
      allows: 'names of tags such as zone,rack',
      description:
        'The tags by which copies of state are spread: where it can be, no two are where a tag has the same value.',
    }),
    applicationServer: option({
      type: z
        .string()
        .regex(/^[^\s:]+:\d+$/)
        .nullable(),
      default: null,
      allows: 'an address such as 10.0.0.7:8080',
      description: 'Where other instances reach this one for queries. Without it this instance is not asked.',
    }),
    uncaughtErrors: option({
      type: z.enum(['replaceThread', 'stopClient', 'stopApplication']),
      default: 'stopClient',
      description:
        'What an error does that no other option passes over: `replaceThread` starts another thread in place of the one that it ended, from the last commit; `stopClient` stops this instance; `stopApplication` stops all instances.',
    }),
    shutdownTimeoutMs: option({
      type: z.int().min(0),
      default: seconds(30),
      unit: 'ms',
      description:
        'How long a stop waits for what is being processed and for the last commit. After that what is not committed is dropped, and processed again by whoever takes over.',
    }),
    commitIntervalMs: option({
      type: z.int().min(1),
      default: 100,
      unit: 'ms',
      description:
        'How often outputs, state and input offsets are committed. What is not committed is processed again after a crash, and is not seen by readers of committed records.',
    }),
    processingGuarantee: option({
      type: z.enum(['at_least_once', 'exactly_once']),
      default: 'exactly_once',
      description:
        'Whether a crash may process a record twice. `exactly_once` commits outputs, changelogs and offsets in one transaction, and fences an instance that others have replaced; under `at_least_once` what such a one has on its way may still arrive.',
    }),
    deserializationErrors: option({
      type: z.enum(['fail', 'continue', 'deadLetter']),
      default: 'fail',
      description:
        'What becomes of a record whose key or value its serde cannot read. `fail` stops the application; `continue` counts and logs the record and goes on without it; `deadLetter` also sends it, as it was, to `deadLetterTopic`. Unless it is `fail`, every record is deserialized before it is processed, and source topics are not reused as changelogs.',
    }),
    processingErrors: option({
      type: z.enum(['fail', 'continue', 'deadLetter']),
      default: 'fail',
      description:
        'What becomes of a record that code of the topology throws at, as above. The node that threw emits nothing for it; what other nodes did with it stays.',
    }),
    productionErrors: option({
      type: z.enum(['fail', 'continue', 'deadLetter']),
      default: 'fail',
      description:
        'What becomes of a result that cannot be serialized or is larger than its topic allows, as above. The dead letter is the record that the result came of.',
    }),
    deadLetterTopic: option({
      type: z.string().min(1).nullable(),
      default: null,
      allows: 'the name of a topic',
      description:
        'Where dead letters go: the records as they were consumed, with headers that tell of the error (`__streams.errors.*`, as in Kafka Streams). Without one it is `<application>-dead-letters`. Under `exactly_once` they are part of the transaction.',
    }),
    bufferedRecordsPerPartition: option({
      type: z.int().min(1),
      default: 1000,
      unit: 'records',
      description: 'How many records of a partition may wait in memory before it is paused.',
    }),
    maxTaskIdleMs: option({
      type: z.int().min(-1),
      default: 0,
      unit: 'ms',
      description:
        'How long a task with several input partitions waits for records of those that are empty, to process in timestamp order. 0 waits only for records that the broker is known to have, -1 never waits.',
    }),
    pollMaxWaitMs: option({
      type: z.int().min(0),
      default: 100,
      unit: 'ms',
      description: 'How long a poll waits for the first record.',
    }),
    fetchMaxBytes: option({
      type: z.int().min(1),
      default: mebibytes(4),
      unit: 'bytes',
      description: 'About how many bytes a poll brings at most; a larger record still comes alone.',
    }),
    maxBufferedBytes: option({
      type: z.int().min(1),
      default: mebibytes(64),
      unit: 'bytes',
      description: 'How many bytes of uncommitted writes the stores may hold before a commit is made early.',
    }),
    sendBytes: option({
      type: z.int().min(1),
      default: mebibytes(1),
      unit: 'bytes',
      description: 'How many bytes of outputs may wait before they are sent ahead of the commit.',
    }),
    storeCacheBytes: option({
      type: z.int().min(0),
      default: mebibytes(16),
      unit: 'bytes',
      description:
        'About how many bytes of committed entries each store of a task keeps in memory at most, within its share of `storeMemoryBytes`.',
    }),
    storeMemoryBytes: option({
      type: z.int().min(1),
      default: mebibytes(512),
      unit: 'bytes',
      description:
        'About how many bytes the stores of all tasks may take together for entries, blocks and write buffers. Each store of each task gets an even share.',
    }),
    recordCacheBytes: option({
      type: z.int().min(0),
      default: 0,
      unit: 'bytes',
      description:
        'About how many bytes of updates of tables a thread holds back until the next commit, to emit only the last of each key. 0 emits each update.',
    }),
    repartitionPurgeIntervalMs: option({
      type: z.int().min(0),
      default: seconds(30),
      unit: 'ms',
      description: 'How often the records of repartition topics that are processed and committed are deleted.',
    }),
    partitions: option({
      type: z.int().min(1),
      default: 4,
      unit: 'partitions',
      description: 'How many partitions the topics get that Millrace creates. It cannot be changed once they exist.',
    }),
    storeBackend: option({
      type: z.enum(['leveldb', 'memory']),
      default: 'leveldb',
      description: 'Where state stores keep their entries. `memory` restores from the changelog at every start.',
    }),
  },
});

/** The parsed values of `applicationOptions`. */
export type ApplicationOptions = OptionValues<typeof applicationOptions>;

/** What a user may give of `applicationOptions`. */
export type ApplicationOptionInput = OptionInput<typeof applicationOptions>;
