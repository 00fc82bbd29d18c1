import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Broker, PartitionOffset } from '../broker/port.ts';
import type { StoreBackend } from '../store/engine.ts';
import { changelogTopicName, internalTopicName, type Topology } from '../topology/topology.ts';
import { applicationDirectory, lockApplicationDirectory } from './state/application-directory.ts';

/** Where an application is to begin: at the first records, behind the last, or at the first of a time (milliseconds since the epoch). */
export type ResetTarget = 'earliest' | 'latest' | number;

/** What is to be reset. */
export interface ResetApplicationOptions {
  readonly topology: Topology;
  readonly broker: Broker;
  readonly storeBackend: StoreBackend;
  readonly stateDirectory: string;
  /** The topology's name by default. */
  readonly applicationId?: string;
  /** Whether the topics that it writes to are deleted too. Those chosen for each record are not known and stay. */
  readonly outputTopics?: boolean;
  /** Where it is to begin; absent, where each source says. */
  readonly to?: ResetTarget;
  /** Whether only to say what would be done. */
  readonly dryRun?: boolean;
}

/** What a reset has done, or would do. */
export interface ResetResult {
  /** The topics deleted. */
  readonly topics: readonly string[];
  /** Where it begins; empty where each source says. */
  readonly offsets: readonly PartitionOffset[];
}

/**
 * Makes an application start over: deletes its committed offsets, its internal topics and its local state. It must not be
 * running anywhere: the local state that other machines have is then of no use, and is restored from what is new. Source
 * topics stay. Throws STATE_DIRECTORY_LOCKED while an instance runs with this local state, GROUP_NOT_EMPTY while another does.
 */
export async function resetApplication(options: ResetApplicationOptions): Promise<ResetResult> {
  const applicationId = options.applicationId ?? options.topology.name;
  const { admin } = options.broker;
  const wanted = [...internalTopics(options.topology, applicationId)];
  if (options.outputTopics === true) wanted.push(...outputTopics(options.topology));
  const topics = [...(await admin.describeTopics(wanted)).keys()];
  const offsets = options.to === undefined ? [] : await offsetsAt(options.broker, options.topology, options.to);
  if (options.dryRun === true) return { topics, offsets };
  const location = { stateDirectory: options.stateDirectory, applicationId };
  const lock = lockApplicationDirectory(location);
  try {
    // First the group: while an instance runs, nothing else may go.
    await admin.deleteGroup(applicationId);
    await deleteState(options.storeBackend, applicationDirectory(location));
  } finally {
    lock.release();
  }
  if (topics.length > 0) await admin.deleteTopics(topics);
  if (offsets.length > 0) await admin.commitOffsets(applicationId, offsets);
  return { topics, offsets };
}

/** The offsets of all source topics that are not the application's own. Topics that do not exist have none. */
async function offsetsAt({ admin }: Broker, topology: Topology, at: ResetTarget): Promise<readonly PartitionOffset[]> {
  const sources = topology.subTopologies.flatMap((part) => part.sourceTopics);
  const external = sources.filter((topic) => !topology.repartitionTopics.has(topic));
  const existing = await admin.describeTopics([...new Set(external)]);
  const partitions = [...existing.values()].flatMap(({ name, partitions: count }) =>
    Array.from({ length: count }, (_, partition) => ({ topic: name, partition })),
  );
  return admin.listOffsets(partitions, at);
}

function internalTopics(topology: Topology, applicationId: string): string[] {
  const repartitions = [...topology.repartitionTopics.keys()].map((name) => internalTopicName(applicationId, name));
  return [...repartitions, ...[...topology.stores.keys()].map((store) => changelogTopicName(applicationId, store))];
}

/** The topics that sinks name, except those the topology reads. */
function outputTopics(topology: Topology): string[] {
  const globalTopics = [...topology.globalTables.values()].map(({ topic }) => topic);
  const sources = new Set([...topology.subTopologies.flatMap((part) => part.sourceTopics), ...globalTopics]);
  const sinks = [...topology.nodes.values()].flatMap((node) =>
    node.kind === 'sink' && typeof node.topic === 'string' ? [node.topic] : [],
  );
  return [...new Set(sinks)].filter((topic) => !sources.has(topic) && !topology.repartitionTopics.has(topic));
}

async function deleteState(backend: StoreBackend, directory: string): Promise<void> {
  for (const task of await directoriesIn(directory)) {
    for (const store of await directoriesIn(join(directory, task))) await backend.destroy(join(directory, task, store));
  }
  await rm(directory, { recursive: true, force: true });
}

async function directoriesIn(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
