import type { TaskId } from '../../core/task-id.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';

/** The tasks in the order in which they are written: by sub-topology, then by partition. */
export function sortTasks<T extends TaskId>(tasks: readonly T[]): readonly T[] {
  return tasks.toSorted((one, other) => one.subTopology - other.subTopology || one.partition - other.partition);
}

/** Writes sorted tasks: for each sub-topology its partitions, each as the distance from the one before. */
export function writeTasks(writer: ByteWriter, tasks: readonly TaskId[]): void {
  const groups = new Map<number, number[]>();
  for (const { subTopology, partition } of tasks) {
    const group = groups.get(subTopology);
    if (group === undefined) groups.set(subTopology, [partition]);
    else group.push(partition);
  }
  writer.number(groups.size);
  for (const [subTopology, partitions] of groups) {
    writer.number(subTopology);
    writer.number(partitions.length);
    let last = 0;
    for (const partition of partitions) {
      writer.number(partition - last);
      last = partition;
    }
  }
}

/** Reads what `writeTasks` wrote. */
export function readTasks(reader: ByteReader): TaskId[] {
  const tasks: TaskId[] = [];
  for (let groups = reader.number(); groups > 0; groups--) {
    const subTopology = reader.number();
    let partition = 0;
    for (let count = reader.number(); count > 0; count--) {
      partition += reader.number();
      tasks.push({ subTopology, partition });
    }
  }
  return tasks;
}
