import type { Broker } from '../broker/port.ts';
import {
  applicationOptions,
  type ApplicationOptionInput,
  type ApplicationOptions,
} from '../config/application-options.ts';
import type { EmbeddedBrokerOptionInput } from '../config/embedded-broker-options.ts';
import type { KafkaOptionInput } from '../config/kafka-options.ts';
import type { MysqlOptionInput } from '../config/mysql-options.ts';
import { parseOptions } from '../config/options.ts';
import type { SchemaRegistryOptionInput } from '../config/schema-registry-options.ts';
import type { ServerOptionInput } from '../config/server-options.ts';
import { silentLogger, type Logger } from '../core/logger.ts';
import { MillraceError } from '../core/millrace-error.ts';
import type { CaptureElection } from '../mysql/source/capture-election.ts';
import type { MySqlSource } from '../mysql/source/mysql-source.ts';
import { Application } from '../runtime/application.ts';
import type { ApplicationListener } from '../runtime/application-listener.ts';
import type { RuntimeConfigInput } from '../runtime/runtime-config.ts';
import { usesSchemas } from '../runtime/topic-serdes.ts';
import type { SchemaRegistry } from '../serde/registry/schema-registry.ts';
import type { Topology } from '../topology/topology.ts';
import { captureOf } from './capture.ts';
import { controlCapture } from './control-capture.ts';
import { type ControlSocket, openControlSocket } from './control-socket.ts';
import { stateDirectoryOf, storeBackends } from './data-directory.ts';
import { HttpApi } from './http-api.ts';
import { openBroker } from './open-broker.ts';
import { type OpenedSchemaRegistry, openSchemaRegistry } from './schema-registry.ts';
import { sourcePlan } from './source-plan.ts';
import { startOrder } from './start-order.ts';
import { shareStoreMemory } from './store-memory.ts';

/** What to run, and how. Options that are not given have the defaults of `docs/configuration.md`. */
export interface HostOptions {
  readonly topologies: readonly Topology[];
  readonly application?: ApplicationOptionInput;
  readonly broker?: EmbeddedBrokerOptionInput;
  /** With `kafka` in it, a Kafka cluster is used, and the embedded broker is not. */
  readonly kafka?: KafkaOptionInput;
  /** Needed when a topology reads MySQL tables. */
  readonly mysql?: MysqlOptionInput;
  /** `database.table` of those MySQL tables to take a new snapshot of, whatever is committed; `all` is every one. */
  readonly resnapshot?: readonly string[];
  readonly schemaRegistry?: SchemaRegistryOptionInput;
  /** Has it serve the HTTP API; without it there is none. */
  readonly server?: ServerOptionInput;
  readonly logger?: Logger;
  /** Is told what each application does, by its name. */
  readonly listenerOf?: (application: string) => ApplicationListener;
}

/** Everything that runs in one process: the broker, the MySQL source, an application for each topology. */
export interface Host {
  readonly broker: Broker;
  /** Null when no topology reads MySQL, and while another process captures. */
  readonly source: MySqlSource | null;
  /** Where the HTTP API is, such as `http://127.0.0.1:8080`; null without one. */
  readonly apiUrl: string | null;
  /** By name of the topology. */
  readonly applications: ReadonlyMap<string, Application>;
  /** Resolves after `stop`; rejects with the first error that ended the source or an application. */
  readonly finished: Promise<void>;
  /** Stops applications, source and broker, in this order, each committing what it has. May be called twice. */
  stop(): Promise<void>;
}

/**
 * Starts the embedded broker, the MySQL source and an application for each topology, and resolves when all are running,
 * while the snapshot may still be going on. Throws what keeps any of them from starting, with everything stopped again.
 */
export async function startHost(options: HostOptions): Promise<Host> {
  const config = parseOptions(applicationOptions, options.application ?? {});
  const logger = options.logger ?? silentLogger;
  mustHaveOwnNames(options.topologies);
  const source = sourcePlan(options);
  const broker = await openBroker(config, { ...options, logger });
  const parts = new RunningParts(broker);
  try {
    const applicationServer = await parts.openApi(options.server, config.applicationServer, logger);
    if (source !== null) {
      const capture = captureOf(source, { broker, partitions: config.partitions, logger });
      await parts.startCapture(capture, { dataDirectory: config.dataDirectory, topicPrefix: source.topicPrefix });
      if (parts.source === null && (source.resnapshot?.length ?? 0) > 0)
        logger.warn('no new snapshots: another process captures; ask for them where it is started');
    }
    const schemas = await parts.openSchemas(options, config, logger);
    const { storeCacheBytes, levelDb } = shareStoreMemory(options.topologies, config);
    const backends = storeBackends(config, levelDb);
    const runtimeConfig = { ...runtimeInput(config), applicationServer, storeCacheBytes };
    for (const topology of startOrder(options.topologies)) {
      const stateListener = options.listenerOf?.(topology.name) ?? {};
      await parts.startApplication(
        topology,
        new Application({ topology, broker, ...backends, ...schemas, config: runtimeConfig, logger, stateListener }),
      );
    }
  } catch (error) {
    await parts.stop().catch(() => undefined);
    throw error;
  }
  return parts;
}

class RunningParts implements Host {
  readonly broker: Broker;
  readonly applications = new Map<string, Application>();
  readonly finished: Promise<void>;
  readonly #fail: (error: unknown) => void;
  readonly #finish: () => void;
  #schemas: OpenedSchemaRegistry | null = null;
  #control: ControlSocket | undefined;
  #capture: CaptureElection | null = null;
  #api: HttpApi | null = null;
  #stopping: Promise<void> | null = null;

  constructor(broker: Broker) {
    this.broker = broker;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.finished = promise;
    this.#finish = resolve;
    this.#fail = reject;
    // Whoever does not look at `finished` must not be ended by it.
    promise.catch(() => undefined);
  }

  /** Opens the HTTP API where it is asked for, before anything that it tells of. Resolves with where others reach it. */
  async openApi(
    input: ServerOptionInput | undefined,
    applicationServer: string | null,
    logger: Logger,
  ): Promise<string | null> {
    if (input === undefined) return applicationServer;
    const source = (): object | null => this.source?.status() ?? null;
    this.#api = await HttpApi.open({ input, applicationServer, source, logger });
    return this.#api?.endpoint ?? applicationServer;
  }

  get apiUrl(): string | null {
    return this.#api?.url ?? null;
  }

  /** Opens the schema registry where a topology or an option asks for one. */
  async openSchemas(
    { topologies, schemaRegistry: input = {} }: HostOptions,
    { dataDirectory }: ApplicationOptions,
    logger: Logger,
  ): Promise<{ readonly schemaRegistry?: SchemaRegistry }> {
    if (!topologies.some(usesSchemas) && Object.values(input).every((value) => value === undefined)) return {};
    this.#schemas = await openSchemaRegistry({ input, broker: this.broker, dataDirectory, logger });
    return { schemaRegistry: this.#schemas.registry };
  }

  get source(): MySqlSource | null {
    return this.#capture?.source ?? null;
  }

  /** Captures, or stands by, and lets commands tell the source what to do. */
  async startCapture(capture: CaptureElection, at: { dataDirectory: string; topicPrefix: string }): Promise<void> {
    this.#capture = capture;
    await capture.start();
    capture.finished.catch(this.#fail);
    this.#control = await openControlSocket(at.dataDirectory, controlCapture(capture, this.broker, at.topicPrefix));
  }

  async startApplication(topology: Topology, application: Application): Promise<void> {
    this.applications.set(topology.name, application);
    this.#api?.add({ topology, application });
    await application.start();
    application.finished.catch(this.#fail);
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /** Each part is stopped, also when one before it fails to; the first error counts. */
  async #stop(): Promise<void> {
    const errors: unknown[] = [];
    const attempt = async (close: () => Promise<void>): Promise<void> => {
      await close().catch((error: unknown) => errors.push(error));
    };
    await attempt(async () => this.#control?.close());
    await attempt(async () => this.#api?.close());
    for (const application of this.applications.values()) await attempt(() => application.close());
    await attempt(async () => this.#capture?.stop());
    await attempt(async () => this.#schemas?.close());
    await attempt(() => this.broker.close());
    if (errors.length > 0) throw errors[0];
    this.#finish();
  }
}

/** New snapshots are taken once: who takes over goes on with what is committed. */

function runtimeInput(config: ApplicationOptions): RuntimeConfigInput {
  const { dataDirectory: _directory, storeBackend: _backend, storeMemoryBytes: _memory, ...options } = config;
  return { ...options, stateDirectory: stateDirectoryOf(config) };
}

function mustHaveOwnNames(topologies: readonly Topology[]): void {
  const names = new Set<string>();
  for (const { name } of topologies) {
    if (names.has(name))
      throw new MillraceError('CONFIG_INVALID', `Expected each topology to have its own name, got "${name}" twice`);
    names.add(name);
  }
}
