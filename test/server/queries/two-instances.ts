import { EmbeddedBroker } from '../../../src/broker/embedded/embedded-broker.ts';
import type { HttpApi } from '../../../src/cli/host/http-api.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import { produce } from '../../runtime/application-fixtures.ts';
import { type Instance, Instances, tasksOf, until } from '../../runtime/instances.ts';
import { type Answer, ask, openApi, QUERIED_TOPICS } from './query-fixtures.ts';

/** How many partitions each topic has. */
export const PARTITIONS = 4;

const TOKEN = 'a token';

/** Two instances of an application, each with an API, a share of the tasks, and copies of the others. */
export class TwoInstances implements AsyncDisposable {
  readonly broker: EmbeddedBroker;
  readonly apis: HttpApi[] = [];
  readonly started: Instance[] = [];
  readonly #instances: Instances;
  readonly #topology: () => Topology;

  private constructor(broker: EmbeddedBroker, topology: () => Topology) {
    this.broker = broker;
    this.#topology = topology;
    this.#instances = new Instances(broker, topology, { numStandbyReplicas: 1, probingRebalanceIntervalMs: 50 });
  }

  /** Starts them, with these keys in `rows` and `clicks`; resolves when all is processed and copied. */
  static async start(topology: () => Topology, keys: readonly string[]): Promise<TwoInstances> {
    const broker = await EmbeddedBroker.inMemory();
    await broker.admin.createTopics(QUERIED_TOPICS.map((name) => ({ name, partitions: PARTITIONS })));
    const value = (index: number): object => ({ by: `g${index % 5}` });
    for (const topic of ['rows', 'clicks']) {
      await produce(
        broker,
        topic,
        keys.map((key, index) => ({ key, value: value(index), timestamp: index })),
      );
    }
    const two = new TwoInstances(broker, topology);
    await two.#start();
    await two.#start();
    await two.settled();
    await until(async () => (await (two.started[0] as Instance).application.lag()) === 0, two.started);
    return two;
  }

  /** Asks one of them, with the token. */
  ask(index: number, path: string, headers: { readonly [name: string]: string } = {}): Promise<Answer> {
    return ask(this.apis[index] as HttpApi, path, { authorization: `Bearer ${TOKEN}`, ...headers });
  }

  /** Starts one more, which takes its share; resolves when it has. */
  async add(): Promise<void> {
    await this.#start();
    await this.settled();
  }

  /** Resolves when each that is open has its share, and copies of others, all up. */
  async settled(): Promise<void> {
    await until(() => [...this.#instances.alive].every(hasItsShare), this.#instances.alive);
  }

  /** Stops one in order. */
  async close(index: number): Promise<void> {
    await this.#instances.close(this.started[index] as Instance);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const api of this.apis) await api.close();
    await this.#instances[Symbol.asyncDispose]();
  }

  async #start(): Promise<void> {
    const api = await openApi({ httpToken: TOKEN, httpForwardTimeoutMs: 2000 });
    const instance = await this.#instances.create({ applicationServer: api.endpoint });
    api.add({ topology: this.#topology(), application: instance.application });
    this.apis.push(api);
    this.started.push(instance);
    await instance.application.start();
  }
}

/** Whether an instance has tasks that run, and copies of others. */
function hasItsShare({ application }: Instance): boolean {
  const status = application.status();
  const [active, standby] = [tasksOf(status, 'active'), tasksOf(status, 'standby')];
  const isUp = active.every(({ phase }) => phase === 'running') && standby.every(({ phase }) => phase === 'standby');
  return isUp && active.length > 0 && standby.length > 0;
}
