import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Broker } from '../broker/port.ts';
import type { StoreBackend } from '../store/engine.ts';
import { changelogTopicName, internalTopicName, type Topology } from '../topology/topology.ts';
import { applicationDirectory } from './task-store.ts';

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
}

/** What a reset has deleted. */
export interface ResetResult {
  readonly topics: readonly string[];
}

/**
 * Makes an application start over: deletes its committed offsets, its internal topics and its local state. It must not be
 * running anywhere. Source topics stay. Throws STORE_LOCKED when its state is in use.
 */
export async function resetApplication(options: ResetApplicationOptions): Promise<ResetResult> {
  const applicationId = options.applicationId ?? options.topology.name;
  await deleteState(options.storeBackend, applicationDirectory(options.stateDirectory, applicationId));
  const { admin } = options.broker;
  const wanted = [...internalTopics(options.topology, applicationId)];
  if (options.outputTopics === true) wanted.push(...outputTopics(options.topology));
  const topics = [...(await admin.describeTopics(wanted)).keys()];
  if (topics.length > 0) await admin.deleteTopics(topics);
  await admin.deleteGroup(applicationId);
  return { topics };
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
