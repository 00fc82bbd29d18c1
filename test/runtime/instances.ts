import type { EmbeddedBroker } from '../../src/broker/embedded/embedded-broker.ts';
import type { Application } from '../../src/runtime/application.ts';
import type { ApplicationStatus, TaskStatus } from '../../src/runtime/application-status.ts';
import type { Topology } from '../../src/topology/topology.ts';
import { applicationOf, temporaryDirectory } from './application-fixtures.ts';
import { BreakableBroker } from './breakable-broker.ts';

type Config = Parameters<typeof applicationOf>[0]['config'];
type Rest = Partial<Omit<Parameters<typeof applicationOf>[0], 'config' | 'topology' | 'broker'>>;

/** One of several instances of an application, as if it were a process on another machine. */
export interface Instance {
  readonly application: Application;
  readonly broker: BreakableBroker;
}

/** Several instances of one application on one broker, each with a state directory of its own. */
export class Instances implements AsyncDisposable {
  /** Those that have not crashed and were not closed. */
  readonly alive = new Set<Instance>();
  readonly #broker: EmbeddedBroker;
  readonly #topology: () => Topology;
  readonly #config: Partial<Config>;
  readonly #directories: ({ path: string } & AsyncDisposable)[] = [];

  constructor(broker: EmbeddedBroker, topology: () => Topology, config: Partial<Config> = {}) {
    this.#broker = broker;
    this.#topology = topology;
    this.#config = config;
  }

  /** Starts an instance; resolves when it is RUNNING. */
  async start(config: Partial<Config> = {}, rest: Rest = {}): Promise<Instance> {
    const instance = await this.create(config, rest);
    await instance.application.start();
    return instance;
  }

  /** Makes an instance that its owner starts. */
  async create(config: Partial<Config> = {}, rest: Rest = {}): Promise<Instance> {
    const directory = await temporaryDirectory();
    this.#directories.push(directory);
    const broker = new BreakableBroker(this.#broker);
    const application = applicationOf({
      topology: this.#topology(),
      broker,
      ...rest,
      config: { ...this.#config, stateDirectory: directory.path, ...config },
    });
    const instance = { application, broker };
    this.alive.add(instance);
    return instance;
  }

  /** Stops an instance in order. */
  async close(instance: Instance): Promise<void> {
    this.alive.delete(instance);
    await instance.application.close();
  }

  /** Ends an instance without a word. */
  async crash(instance: Instance): Promise<void> {
    this.alive.delete(instance);
    await instance.broker.freeze();
  }

  /** Resolves when every task runs somewhere and everything is committed. */
  async settled(tasks: number): Promise<void> {
    const [first] = this.alive;
    await until(async () => {
      for (const { application } of this.alive) if (application.state !== 'RUNNING') return false;
      const running = [...this.alive].flatMap(({ application }) => runningTasks(application.status()));
      if (new Set(running).size < tasks) return false;
      return (await (first as Instance).application.lag()) === 0;
    }, this.alive);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { application } of this.alive) await application.close().catch(() => undefined);
    await this.#broker.close();
    for (const directory of this.#directories) await directory[Symbol.asyncDispose]();
  }
}

/** Resolves when the condition holds; rejects when an instance stops before. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  instances: Iterable<Instance> = [],
): Promise<void> {
  const ended = [...instances].map(({ application }) => application.finished);
  while (!(await condition())) {
    await Promise.race([new Promise((resolve) => setTimeout(resolve, 2)), ...ended]);
  }
}

/** The tasks that an instance processes, by name. */
export function runningTasks(status: ApplicationStatus): string[] {
  return tasksOf(status, 'active')
    .filter(({ phase }) => phase === 'running')
    .map(({ task }) => task);
}

/** The tasks that an instance has. */
export function tasksOf(status: ApplicationStatus, kind: 'active' | 'standby'): TaskStatus[] {
  return status.threads.flatMap((thread) => [...thread[kind]]);
}
