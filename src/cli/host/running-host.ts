import type { Broker } from '../../broker/port.ts';
import type { ApplicationOptions } from '../../config/application-options.ts';
import type { SchemaRegistryOptionInput } from '../../config/schema-registry-options.ts';
import type { ServerOptionInput } from '../../config/server-options.ts';
import type { Logger } from '../../core/logger.ts';
import { MillraceError } from '../../core/millrace-error.ts';
import type { CaptureElection } from '../../mysql/source/capture-election.ts';
import type { MySqlSource } from '../../mysql/source/mysql-source.ts';
import type { Application } from '../../runtime/application.ts';
import { usesSchemas } from '../../runtime/topics/topic-serdes.ts';
import type { SchemaRegistry } from '../../serde/registry/schema-registry.ts';
import type { Topology } from '../../topology/topology.ts';
import { type ControlSocket, openControlSocket } from '../capture/control-socket.ts';
import type { HttpApi } from './http-api.ts';
import type { OpenedSchemaRegistry } from './schema-registry.ts';
import type { WorkerPlan } from '../workers/worker-plan.ts';

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

/** Starts the parts of a process one by one, and stops those that were started. */
export class RunningHost implements Host {
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
    options: { applicationServer: string | null; hasApplications: boolean; logger: Logger },
  ): Promise<string | null> {
    const { applicationServer, hasApplications, logger } = options;
    if (input === undefined) return applicationServer;
    const { HttpApi } = await import('./http-api.ts');
    const source = (): MySqlSource | null => this.source;
    this.#api = await HttpApi.open({ input, applicationServer, source, hasApplications, logger });
    return this.#api?.endpoint ?? applicationServer;
  }

  get apiUrl(): string | null {
    return this.#api?.url ?? null;
  }

  /** Opens the schema registry where what is captured, a topology or an option asks for one. */
  async openSchemas(
    {
      topologies,
      isNeeded,
      schemaRegistry: input = {},
    }: {
      readonly topologies: readonly Topology[];
      readonly isNeeded: boolean;
      readonly schemaRegistry?: SchemaRegistryOptionInput;
    },
    { dataDirectory }: Pick<ApplicationOptions, 'dataDirectory'>,
    logger: Logger,
  ): Promise<{ readonly schemaRegistry?: SchemaRegistry }> {
    const isAskedFor = isNeeded || Object.values(input).some((value) => value !== undefined);
    if (!isAskedFor && !topologies.some(usesSchemas)) return {};
    const { openSchemaRegistry } = await import('./schema-registry.ts');
    this.#schemas = await openSchemaRegistry({ input, broker: this.broker, dataDirectory, logger });
    return { schemaRegistry: this.#schemas.registry };
  }

  /** Whom workers ask for schemas, and what they are asked with themselves. */
  workersAsk(input: SchemaRegistryOptionInput = {}): Pick<WorkerPlan, 'schemaRegistry' | 'apiToken'> {
    const schemaRegistry = this.#schemas === null ? null : { ...input, schemaRegistry: this.#schemas.url };
    return { schemaRegistry, apiToken: this.#api?.workerToken ?? null };
  }

  get source(): MySqlSource | null {
    return this.#capture?.source ?? null;
  }

  /** Captures, or stands by, and lets commands tell the source what to do. */
  async startCapture(capture: CaptureElection, at: { dataDirectory: string; topicPrefix: string }): Promise<void> {
    this.#capture = capture;
    const { controlCapture } = await import('../capture/control-capture.ts');
    await capture.start();
    this.#mustNotStop();
    capture.finished.catch(this.#fail);
    this.#control = await openControlSocket(at.dataDirectory, controlCapture(capture, this.broker, at.topicPrefix));
  }

  /** Has the host end when the capture has nothing more to do, as when only snapshots are wanted. */
  endWith(capture: CaptureElection): void {
    void capture.finished.then(
      () => this.#finish(),
      () => undefined,
    );
  }

  async startApplication(topology: Topology, application: Application): Promise<void> {
    this.#mustNotStop();
    this.applications.set(topology.name, application);
    this.#api?.add({ topology, application });
    await application.start();
    application.finished.catch(this.#fail);
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /** Stops when the signal is aborted, also while it starts: what is to be started next then throws. */
  stopWith(signal: AbortSignal | undefined): void {
    const stop = (): void => void this.stop().catch(() => undefined);
    if (signal?.aborted === true) stop();
    signal?.addEventListener('abort', stop);
  }

  #mustNotStop(): void {
    if (this.#stopping !== null)
      throw new MillraceError('RUNTIME_STATE', 'Expected everything to start, got a stop before');
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
