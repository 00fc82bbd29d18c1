import { glob } from 'node:fs/promises';
import { join } from 'node:path';
import { startHost } from '../../src/cli/host/host.ts';
import { loadTopologies } from '../../src/cli/host/load-topologies.ts';
import type { Host } from '../../src/cli/host/running-host.ts';
import type { Topology } from '../../src/topology/topology.ts';
import { RevenueView } from './revenue-view.ts';
import { TopicWatcher, type DerivedRecord } from './topic-watcher.ts';

const topologyFiles = join(import.meta.dirname, '../../topologies/[0-9]*.ts');

/** How far behind everything is. */
export interface TopologiesLag {
  /** From a commit in MySQL to its records in the topics, in milliseconds; null where that is not known yet. */
  readonly sourceMs: number | null;
  /** Records that each application has still to process. */
  readonly applications: readonly { readonly name: string; readonly records: number }[];
}

/** What the demo runs. */
export interface RunTopologiesOptions {
  /** The shop: `mysql://user:password@host:port/shop`. */
  readonly mysqlUrl: string;
  /** Where the broker and the stores keep their data. */
  readonly directory: string;
  /** Gets each record of the derived topics; see `TopicWatcher`. */
  readonly onRecord: (record: DerivedRecord) => void;
}

/** The running topologies. */
export interface RunningTopologies {
  /** How many records each derived topic had at the start, by name. */
  readonly initialCounts: ReadonlyMap<string, number>;
  /** Rejects with the error that stopped one of them; resolves after `stop`. */
  readonly finished: Promise<void>;
  lag(): Promise<TopologiesLag>;
  /** Commits and closes: applications, source, broker. */
  stop(): Promise<void>;
}

/** Runs the topologies of `topologies/` on the embedded broker, from where they stopped. Resolves when they are running. */
export async function runTopologies({
  mysqlUrl,
  directory,
  onRecord,
}: RunTopologiesOptions): Promise<RunningTopologies> {
  const files = await Array.fromAsync(glob(topologyFiles));
  const topologies = await loadTopologies(files.toSorted());
  const host = await startHost({ topologies, application: { dataDirectory: directory }, mysql: { mysqlUrl } });
  try {
    const topics = derivedTopics(topologies);
    const watcher = await TopicWatcher.open(host.broker, { topics, fromStart: [RevenueView.topic], onRecord });
    return {
      initialCounts: watcher.initialCounts,
      finished: host.finished,
      lag: () => lagOf(host),
      stop: async () => {
        await watcher.close();
        await host.stop();
      },
    };
  } catch (error) {
    await host.stop();
    throw error;
  }
}

/** The topics that the topologies write, internal ones left out. */
function derivedTopics(topologies: readonly Topology[]): readonly string[] {
  const topics = topologies.flatMap(({ nodes, repartitionTopics }) =>
    [...nodes.values()].flatMap((node) =>
      node.kind === 'sink' && typeof node.topic === 'string' && !repartitionTopics.has(node.topic) ? [node.topic] : [],
    ),
  );
  return [...new Set(topics)];
}

async function lagOf({ source, applications }: Host): Promise<TopologiesLag> {
  const running = [...applications].filter(([, application]) => application.state === 'RUNNING');
  return {
    sourceMs: source?.status().lagMs ?? null,
    applications: await Promise.all(
      running.map(async ([name, application]) => ({ name, records: await application.lag() })),
    ),
  };
}
