import { type TaskId, taskName } from '../../core/task-id.ts';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { readVersion, writeVersion } from './data-version.ts';
import { readTasks, sortTasks, writeTasks } from './task-list-codec.ts';

/** What a member tells the leader of itself. */
export interface SubscriptionData {
  /** The same after a restart, since it stands for the local state. */
  readonly processId: string;
  /** `host:port` where others ask for what this process has; null where it is not to be asked. */
  readonly endpoint: string | null;
  /** How much the member can do, in threads. */
  readonly threads: number;
  readonly tags: ReadonlyMap<string, string>;
  readonly active: readonly TaskId[];
  readonly standby: readonly TaskId[];
  /** How far the state that the process has of tasks is: the sum of the offsets in their changelogs. By `taskName`. */
  readonly positions: readonly TaskPosition[];
  /** Whether it wants all instances to stop. */
  readonly stop: boolean;
}

/** How far the state of a task is. */
export interface TaskPosition extends TaskId {
  readonly offset: number;
}

/** As user data of a subscription. */
export function encodeSubscription(data: SubscriptionData): Buffer {
  const writer = new ByteWriter();
  writeVersion(writer);
  writer.text(data.processId);
  writer.text(data.endpoint ?? '');
  writer.number(data.threads);
  writer.number(data.tags.size);
  for (const [tag, value] of data.tags) {
    writer.text(tag);
    writer.text(value);
  }
  writeTasks(writer, sortTasks(data.active));
  writeTasks(writer, sortTasks(data.standby));
  const positions = sortTasks(data.positions);
  writeTasks(writer, positions);
  for (const { offset } of positions) writer.number(offset);
  writer.number(data.stop ? 1 : 0);
  return writer.written;
}

/** Null where a newer program wrote what this one cannot read. Throws GROUP_DATA. */
export function decodeSubscription(bytes: Buffer): SubscriptionData | null {
  const reader = new ByteReader(bytes);
  if (!readVersion(reader).readable) return null;
  const processId = reader.text();
  const endpoint = reader.text();
  const threads = reader.number();
  const tags = new Map<string, string>();
  for (let count = reader.number(); count > 0; count--) tags.set(reader.text(), reader.text());
  const active = readTasks(reader);
  const standby = readTasks(reader);
  const positions = readTasks(reader).map((task) => ({ ...task, offset: reader.number() }));
  const stop = reader.number() === 1;
  return { processId, endpoint: endpoint === '' ? null : endpoint, threads, tags, active, standby, positions, stop };
}

/** The names of tasks. */
export function namesOf(tasks: readonly TaskId[]): ReadonlySet<string> {
  return new Set(tasks.map(taskName));
}
