import type { TaskId } from '../../core/task-id.ts';
import { MillraceError } from '../../core/millrace-error.ts';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { DATA_VERSION, readVersion, writeVersion } from './data-version.ts';
import { readTasks, sortTasks, writeTasks } from './task-list-codec.ts';

/** What the leader tells a member. */
export interface AssignmentData {
  readonly active: readonly TaskId[];
  readonly standby: readonly TaskId[];
  /** Whether the member joins again after it has given up what it is not given any more: somebody waits for it. */
  readonly followUp: boolean;
  /** After how many milliseconds this member asks for another rebalance, to move what has warmed up; null for none. */
  readonly probeAfterMs: number | null;
  /** Who has what, over the whole group. */
  readonly hosts: readonly TaskHost[];
  /** Those of its standbys that are to run here as soon as they have caught up. */
  readonly warmups: readonly TaskId[];
  /** Whether all instances are to stop. */
  readonly stop: boolean;
}

/** A process that can be asked, and what it has. */
export interface TaskHost {
  /** `host:port`. */
  readonly endpoint: string;
  readonly active: readonly TaskId[];
  readonly standby: readonly TaskId[];
}

/** As user data of an assignment. */
export function encodeAssignment(data: AssignmentData): Buffer {
  const writer = new ByteWriter();
  writeVersion(writer);
  writeTasks(writer, sortTasks(data.active));
  writeTasks(writer, sortTasks(data.standby));
  writer.number(data.followUp ? 1 : 0);
  writer.number(data.probeAfterMs === null ? 0 : data.probeAfterMs + 1);
  writer.number(data.hosts.length);
  for (const { endpoint, active, standby } of data.hosts) {
    writer.text(endpoint);
    writeTasks(writer, sortTasks(active));
    writeTasks(writer, sortTasks(standby));
  }
  writeTasks(writer, sortTasks(data.warmups));
  writer.number(data.stop ? 1 : 0);
  return writer.written;
}

/** Throws GROUP_VERSION where a newer leader wrote what this program cannot read, GROUP_DATA. */
export function decodeAssignment(bytes: Buffer): AssignmentData {
  const reader = new ByteReader(bytes);
  const { version, readable } = readVersion(reader);
  if (!readable) {
    throw new MillraceError(
      'GROUP_VERSION',
      `Expected the leader's assignment to be readable for version ${DATA_VERSION}, got version ${version}`,
      { context: { version } },
    );
  }
  const active = readTasks(reader);
  const standby = readTasks(reader);
  const followUp = reader.number() === 1;
  const probe = reader.number();
  const hosts: TaskHost[] = [];
  for (let count = reader.number(); count > 0; count--)
    hosts.push({ endpoint: reader.text(), active: readTasks(reader), standby: readTasks(reader) });
  const probeAfterMs = probe === 0 ? null : probe - 1;
  const warmups = readTasks(reader);
  return { active, standby, followUp, probeAfterMs, hosts, warmups, stop: reader.number() === 1 };
}
