import { applicationOptions } from '../config/application-options.ts';
import { parseOptions } from '../config/options.ts';

/** How an application runs. */
export interface RuntimeConfig {
  /** Where local state is kept: `<stateDirectory>/<applicationId>/<task>/<store>`. */
  readonly stateDirectory: string;
  /** The group, and the prefix of internal topics. */
  readonly applicationId: string;
  /** `exactly_once`: outputs, state and input offsets are committed in one transaction. */
  readonly processingGuarantee: 'at_least_once' | 'exactly_once';
  /** The longest time between two commits under load, in milliseconds. When inputs are drained a commit comes at once. */
  readonly commitIntervalMs: number;
  /** Commits early when the changes of the stores and the outputs since the last commit take more than this, about. */
  readonly maxBufferedBytes: number;
  /** Outputs are sent ahead of the commit when more than this waits. */
  readonly sendBytes: number;
  /**
   * How long a task waits for an empty partition before it processes records of the others: 0 only for records that the
   * broker already has, −1 never, more also that many milliseconds.
   */
  readonly maxTaskIdleMs: number;
  /** Fetching from a partition pauses while more records than this are buffered. */
  readonly bufferedRecordsPerPartition: number;
  /** The longest wait of one poll, in milliseconds. */
  readonly pollMs: number;
  /** About how many bytes one poll brings at most. */
  readonly fetchBytes: number;
  /** The shortest time between two purges of repartition topics behind the committed offset, in milliseconds. */
  readonly repartitionPurgeIntervalMs: number;
  /** How many partitions a topic gets that the topology writes to and that does not exist. */
  readonly defaultPartitions: number;
  /** About how many bytes of clean entries each store of a task keeps in memory. */
  readonly storeCacheBytes: number;
}

/** Outputs are worth a call of the producer from so many bytes on. */
const SEND_BYTES = 1024 * 1024;
const REPARTITION_PURGE_INTERVAL_MS = 30_000;
const STORE_CACHE_BYTES = 16 * 1024 * 1024;

/** What has to be said of a run; the rest has the defaults of the application options. */
export type RuntimeConfigInput = Pick<RuntimeConfig, 'stateDirectory'> & Partial<RuntimeConfig>;

/** The whole configuration, frozen. `topologyName` is the application id where none is given. */
export function runtimeConfig(input: RuntimeConfigInput, topologyName: string): RuntimeConfig {
  const defaults = parseOptions(applicationOptions, {});
  return Object.freeze({
    applicationId: topologyName,
    processingGuarantee: defaults.processingGuarantee,
    commitIntervalMs: defaults.commitIntervalMs,
    maxBufferedBytes: defaults.maxBufferedBytes,
    sendBytes: SEND_BYTES,
    maxTaskIdleMs: defaults.maxTaskIdleMs,
    bufferedRecordsPerPartition: defaults.bufferedRecordsPerPartition,
    pollMs: defaults.pollMaxWaitMs,
    fetchBytes: defaults.fetchMaxBytes,
    repartitionPurgeIntervalMs: REPARTITION_PURGE_INTERVAL_MS,
    defaultPartitions: defaults.partitions,
    storeCacheBytes: STORE_CACHE_BYTES,
    ...input,
  });
}
