import { z } from 'zod';
import { mebibytes } from '../core/bytes.ts';
import { minutes, seconds } from '../core/duration.ts';
import { option, optionGroup, type OptionInput, type OptionValues } from './option.ts';

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
        'How many stream threads an instance has. Each runs tasks of its own, with its own consumer and producer.',
    }),
    taskTimeoutMs: option({
      type: z.int().min(0),
      default: minutes(5),
      unit: 'ms',
      description:
        'How long what may go away by itself, such as a broker that does not answer, is tried again before it counts as an error.',
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
        'Whether a crash may process a record twice. `exactly_once` commits outputs, changelogs and offsets in one transaction.',
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
