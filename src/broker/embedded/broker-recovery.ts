import type { Logger } from '../../core/logger.ts';
import { partitionName } from '../../core/topic-partition.ts';
import { readCheckpoint } from './checkpoint.ts';
import { corruptedLog } from './corrupted-log.ts';
import { type JournalEntry, readJournal } from './journal.ts';
import type { LogStorage } from './log-storage.ts';
import { PartitionRecovery } from './partition-recovery.ts';
import {
  partitionDirectory,
  type RecoveredTopic,
  type TopicFile,
  TOPICS_DIRECTORY,
  TRASH_DIRECTORY,
} from './topic-registry.ts';

/** What a data directory holds. */
export interface RecoveredBroker {
  readonly topics: readonly RecoveredTopic[];
  readonly lastTransactionId: number;
  readonly journalGeneration: number;
  /** Whether there is no checkpoint yet, or the journal still speaks of things from before: nothing may be written until it is taken. */
  readonly needsCheckpoint: boolean;
}

type Commit = Extract<JournalEntry, { type: 'commit' }>;

/**
 * Brings a directory back to a state in which everything acknowledged is there and every transaction is there as a whole or
 * not at all.
 *
 * After a crash of the process all that was written is there, so what the journal says committed did. After a power failure
 * the last writes may be missing in any of the files: the first transaction whose batches are not all there ends the history,
 * and it and those after it are taken back.
 */
export function recoverBroker(storage: LogStorage, environment: { logger: Logger; nowMs: number }): RecoveredBroker {
  storage.remove(TRASH_DIRECTORY);
  const found = readCheckpoint(storage);
  const checkpoint = found ?? { version: 1, lastTransactionId: 0, partitions: [] };
  const { entries, nextGeneration } = readJournal(storage, environment.logger);
  const commits = entries
    .filter((entry) => entry.type === 'commit')
    .filter((entry) => entry.transactionId > checkpoint.lastTransactionId);
  const points = new Map(checkpoint.partitions.map((point) => [partitionName(point.topicId, point.partition), point]));
  const starts = startsOf(entries);
  const logs = new Map<string, PartitionRecovery>();
  const files = readTopics(storage);
  // Without it nobody knows which transactions are over: they would all be taken back.
  if (found === undefined && files.length > 0)
    throw corruptedLog(storage.describe('checkpoint'), 0, 'the file is missing');
  for (const { name, id, partitions } of files) {
    for (let partition = 0; partition < partitions; partition++) {
      const key = partitionName(id, partition);
      const known = { point: points.get(key), logStart: starts.get(key) ?? 0 };
      logs.set(key, new PartitionRecovery({ storage, ...environment }, partitionDirectory(name, partition), known));
    }
  }
  const whole = wholeCommits(commits, logs);
  if (whole.length < commits.length) {
    environment.logger.warn('Took back transactions of which a part was missing', {
      transactions: commits.length - whole.length,
    });
  }
  const committed = new Set(whole.map((commit) => commit.transactionId));
  let lastTransactionId = Math.max(checkpoint.lastTransactionId, ...commits.map((commit) => commit.transactionId));
  for (const log of logs.values()) {
    lastTransactionId = Math.max(lastTransactionId, log.lastTransactionId);
    log.truncateUncommitted((transactionId) => committed.has(transactionId));
  }
  const topics = files.map((description) => ({
    description,
    partitions: Array.from({ length: description.partitions }, (_, partition) => {
      return (logs.get(partitionName(description.id, partition)) as PartitionRecovery).state();
    }),
  }));
  return {
    topics,
    lastTransactionId,
    journalGeneration: nextGeneration,
    needsCheckpoint: found === undefined || entries.length > 0,
  };
}

/** The commits up to the first one that a log does not have wholly; logs of deleted topics have nothing to have. */
function wholeCommits(commits: readonly Commit[], logs: ReadonlyMap<string, PartitionRecovery>): readonly Commit[] {
  const torn = commits.findIndex((commit) =>
    commit.ends.some(
      ([topicId, partition, end]) => (logs.get(partitionName(topicId, partition))?.nextOffset ?? end) < end,
    ),
  );
  return torn < 0 ? commits : commits.slice(0, torn);
}

function startsOf(entries: readonly JournalEntry[]): ReadonlyMap<string, number> {
  const starts = new Map<string, number>();
  for (const entry of entries) {
    if (entry.type !== 'starts') continue;
    for (const [topicId, partition, offset] of entry.starts) {
      const key = partitionName(topicId, partition);
      starts.set(key, Math.max(offset, starts.get(key) ?? 0));
    }
  }
  return starts;
}

/** Reads the files of all topics. A directory without one is a creation that a crash ended before it was acknowledged. */
function readTopics(storage: LogStorage): readonly TopicFile[] {
  const topics: TopicFile[] = [];
  for (const name of storage.list(TOPICS_DIRECTORY)) {
    const path = `${TOPICS_DIRECTORY}/${name}/topic.json`;
    const size = storage.size(path);
    const hasRecords = storage.list(`${TOPICS_DIRECTORY}/${name}`).some((entry) => /^\d+$/.test(entry));
    if (size !== undefined) topics.push(parseTopic(storage, path, size));
    else if (hasRecords) throw corruptedLog(storage.describe(path), 0, 'the file is missing');
    else storage.remove(`${TOPICS_DIRECTORY}/${name}`);
  }
  return topics;
}

function parseTopic(storage: LogStorage, path: string, size: number): TopicFile {
  try {
    return JSON.parse(storage.read(path, 0, size).toString()) as TopicFile;
  } catch (error) {
    throw corruptedLog(storage.describe(path), 0, `no topic description (${String(error)})`);
  }
}
