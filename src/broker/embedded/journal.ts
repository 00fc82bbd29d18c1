import type { Logger } from '../../core/logger.ts';
import type { ConsumedRecord } from '../port.ts';
import { AppendOnlyFile } from './append-only-file.ts';
import { decodeBatch, encodeBatch } from './batch-codec.ts';
import { type BatchHeader, inspectBatch, intactBatchFollows, readBatchHeader, sealBatch } from './batch-header.ts';
import { corruptedLog } from './corrupted-log.ts';
import type { LogStorage } from './log-storage.ts';

/** A partition and an offset in it; partitions go by the id of their topic, which a topic of the same name does not share. */
export type JournalOffset = readonly [topicId: string, partition: number, offset: number];

/** What the journal holds: a transaction that committed, with the ends it gave to logs, or starts that logs moved to. */
export type JournalEntry =
  | { readonly type: 'commit'; readonly transactionId: number; readonly ends: readonly JournalOffset[] }
  | { readonly type: 'starts'; readonly starts: readonly JournalOffset[] };

const DIRECTORY = 'journal';
const NO_LIMITS = { maxRecordBytes: Number.MAX_SAFE_INTEGER, keysRequired: false };

/**
 * What happened to the logs as a whole since the last checkpoint. Appending the one entry of a transaction is what commits
 * it. Each checkpoint begins a new file and removes those before it, so the journal stays as short as a flush interval.
 */
export class Journal {
  readonly #storage: LogStorage;
  #generation: number;
  #file: AppendOnlyFile;

  constructor(storage: LogStorage, generation: number) {
    this.#storage = storage;
    this.#generation = generation;
    this.#file = new AppendOnlyFile(storage, pathOf(generation), 0);
  }

  /** Appends an entry, all or nothing. Throws BROKER_STORAGE. */
  append(entry: JournalEntry): void {
    const value = Buffer.from(JSON.stringify(entry));
    const { bytes } = encodeBatch([{ key: null, value, timestamp: 0, headers: [] }], NO_LIMITS);
    sealBatch(bytes, { baseOffset: this.#file.size, nextOffset: this.#file.size + bytes.length, transactionId: 0 });
    this.#file.append([bytes]);
  }

  /** Begins the next file and returns its number: entries before belong to the state as it is now. */
  rotate(): number {
    if (this.#file.size === 0) return this.#generation;
    this.#generation += 1;
    this.#file = new AppendOnlyFile(this.#storage, pathOf(this.#generation), 0);
    return this.#generation;
  }

  /** Removes the files before the one of this number. */
  removeBefore(generation: number): void {
    for (const [name, number] of filesOf(this.#storage)) {
      if (number < generation) this.#storage.remove(`${DIRECTORY}/${name}`);
    }
  }
}

/**
 * Reads all entries, and the number of the file to go on with. An entry that was being written when the process ended is
 * cut off. Throws LOG_CORRUPTED.
 */
export function readJournal(
  storage: LogStorage,
  logger: Logger,
): { entries: readonly JournalEntry[]; nextGeneration: number } {
  const entries: JournalEntry[] = [];
  const files = filesOf(storage);
  for (const [index, [name]] of files.entries()) {
    const path = `${DIRECTORY}/${name}`;
    const bytes = storage.read(path, 0, storage.size(path) ?? 0);
    const end = readEntries(bytes, entries);
    if (end === bytes.length) continue;
    if (index < files.length - 1 || intactBatchFollows(bytes, end)) {
      throw corruptedLog(storage.describe(path), end, 'no intact journal entry');
    }
    logger.warn('Cut off a journal entry that was not written wholly', {
      file: storage.describe(path),
      bytes: bytes.length - end,
    });
    storage.truncate(path, end);
  }
  return { entries, nextGeneration: (files.at(-1)?.[1] ?? 0) + 1 };
}

function readEntries(bytes: Buffer, entries: JournalEntry[]): number {
  let position = 0;
  while (position < bytes.length && inspectBatch(bytes, position) === 'intact') {
    const header = readBatchHeader(bytes, position) as BatchHeader;
    const records: ConsumedRecord[] = [];
    decodeBatch({ bytes, position, header }, { fromOffset: 0, maxBytes: Number.MAX_SAFE_INTEGER }, records);
    entries.push(JSON.parse((records[0]?.value ?? Buffer.from('null')).toString()) as JournalEntry);
    position += header.length;
  }
  return position;
}

function filesOf(storage: LogStorage): [name: string, generation: number][] {
  return storage
    .list(DIRECTORY)
    .map((name): [string, number] => [name, Number(name.replace('.log', ''))])
    .sort(([, one], [, other]) => one - other);
}

function pathOf(generation: number): string {
  return `${DIRECTORY}/${String(generation).padStart(12, '0')}.log`;
}
