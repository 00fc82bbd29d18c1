import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { KafkaCluster } from '../../src/broker/kafka/kafka-cluster.ts';
import { cacheDirectory } from '../../src/cli/host/cache-directory.ts';
import { MillraceError } from '../../src/core/millrace-error.ts';
import { findKafkaJars } from './kafka-jars.ts';

const run = promisify(execFile);

/** How to start a Kafka cluster. */
export interface KafkaServerOptions {
  /** Where its files go: `broker-<id>/`, `controller-<id>/`. */
  readonly dataDirectory: string;
  /** How many brokers, each a controller too unless there is one apart; default 1. */
  readonly brokers?: number;
  /** Whether a process of its own is the controller, which goes on when brokers are killed. */
  readonly controllerApart?: boolean;
  /** Settings of all brokers, after ours and so before them. */
  readonly settings?: Readonly<{ [name: string]: string }>;
  /** More listeners for clients, by name, with their protocol: SSL, SASL_SSL, … `plain` is always there. */
  readonly listeners?: Readonly<{ [name: string]: string }>;
  /** Arguments of `kafka-storage format` besides the usual ones: `--add-scram`, … */
  readonly formatArguments?: readonly string[];
  /** Another version than the one tests run. */
  readonly version?: string;
  /** Options of the JVM after ours. */
  readonly javaOptions?: readonly string[];
}

/** One broker of a cluster. */
export interface KafkaServerBroker {
  readonly id: number;
  /** Ends it with SIGKILL, as a crash does. */
  kill(): Promise<void>;
  /** Starts it again on its data and ports, without waiting until it takes part. */
  start(): void;
  /** Sends a signal (SIGSTOP, SIGCONT, …). */
  signal(name: NodeJS.Signals): void;
}

/** A running Kafka cluster. */
export interface KafkaServer {
  /** `host:port,…` of the plain listener, or of another. */
  bootstrap(listener?: string): string;
  readonly brokers: readonly KafkaServerBroker[];
  /** Runs one of Kafka's command-line tools by its class, and gives what it printed. */
  tool(className: string, args: readonly string[], input?: string): Promise<string>;
  /** Waits until all brokers that were started take part. */
  ready(): Promise<void>;
  /** Kills all brokers. Their data is the caller's to remove. */
  stop(): Promise<void>;
}

/**
 * Starts a Kafka cluster (KRaft) on free ports of 127.0.0.1 and resolves when all its brokers take part. It ends when this
 * process ends, however that ends. Throws KAFKA_SERVER_UNAVAILABLE, KAFKA_SERVER_FAILED.
 */
export async function startKafkaServer(options: KafkaServerOptions): Promise<KafkaServer> {
  const jars = await findKafkaJars(cacheDirectory(), options.version);
  const server = new LocalKafkaServer(jars, options);
  try {
    await server.start();
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

const HOST = '127.0.0.1';
const START_TIMEOUT_MS = 90_000;
const LOGGING = `Configuration:
  Appenders: { Console: { name: OUT, PatternLayout: { pattern: "[%d] %p %m (%c)%n" } } }
  Loggers: { Root: { level: WARN, AppenderRef: { ref: OUT } } }
`;

class LocalKafkaServer implements KafkaServer {
  readonly #jars: string;
  readonly #options: KafkaServerOptions;
  readonly #listeners: Readonly<{ [name: string]: string }>;
  #brokers: readonly LocalKafkaNode[] = [];
  /** Those of the quorum: the brokers themselves, or one apart. */
  #controllers: readonly LocalKafkaNode[] = [];

  constructor(jars: string, options: KafkaServerOptions) {
    this.#jars = jars;
    this.#options = options;
    this.#listeners = { plain: 'PLAINTEXT', ...options.listeners };
  }

  get brokers(): readonly KafkaServerBroker[] {
    return this.#brokers;
  }

  bootstrap(listener = 'plain'): string {
    return this.#brokers.map(({ ports }) => `${HOST}:${ports.get(listener)}`).join(',');
  }

  async start(): Promise<void> {
    const { dataDirectory, brokers = 1, controllerApart = false } = this.#options;
    await mkdir(dataDirectory, { recursive: true });
    const names = [...Object.keys(this.#listeners), 'internal', 'controller'];
    const nodes = controllerApart ? brokers + 1 : brokers;
    const free = await findFreePorts(nodes * names.length);
    const logging = join(dataDirectory, 'log4j2.yaml');
    await writeFile(logging, LOGGING);
    const command = ['java', '-Xmx512m', '-XX:+UseSerialGC', `-Dlog4j2.configurationFile=${logging}`];
    command.push(...(this.#options.javaOptions ?? ['-XX:TieredStopAtLevel=1']), '-cp', this.#jars);
    const all = Array.from({ length: nodes }, (_, index) => {
      const ports = new Map(names.map((name, at) => [name, free[index * names.length + at] as number]));
      const folder = join(dataDirectory, `${index < brokers ? 'broker' : 'controller'}-${index + 1}`);
      return new LocalKafkaNode({ id: index + 1, ports, folder, command });
    });
    this.#brokers = all.slice(0, brokers);
    this.#controllers = controllerApart ? all.slice(brokers) : all;
    const clusterId = randomBytes(16).toString('base64url');
    await Promise.all(all.map((node) => this.#format(node, clusterId)));
    for (const node of all) node.start();
    await this.ready();
  }

  async ready(): Promise<void> {
    const deadlineMs = performance.now() + START_TIMEOUT_MS;
    for (;;) {
      const running = this.#brokers.filter(({ isStarted }) => isStarted);
      const late = performance.now() > deadlineMs ? running[0] : undefined;
      const failed = [...running, ...this.#controllers].find(({ hasEnded }) => hasEnded) ?? late;
      if (failed !== undefined) throw failed.failure();
      if (await knowsAll(running.map(({ ports }) => ports.get('plain') as number))) return;
      await delay(50);
    }
  }

  async tool(className: string, args: readonly string[], input = ''): Promise<string> {
    const java = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', this.#jars, className, ...args];
    const child = run('java', java, { maxBuffer: 256 << 20 });
    child.child.stdin?.end(input);
    return (await child).stdout;
  }

  async stop(): Promise<void> {
    await Promise.all([...new Set([...this.#brokers, ...this.#controllers])].map((node) => node.kill()));
  }

  async #format(node: LocalKafkaNode, clusterId: string): Promise<void> {
    const file = `${node.folder}.properties`;
    const settings = Object.entries({
      ...this.#settingsOfAll(node),
      ...(this.#brokers.includes(node) ? this.#settingsOfBroker(node) : {}),
      ...this.#options.settings,
    });
    await writeFile(file, settings.map(([name, value]) => `${name}=${value}\n`).join(''));
    const args = ['format', `--cluster-id=${clusterId}`, '-c', file, ...(this.#options.formatArguments ?? [])];
    try {
      await this.tool('kafka.tools.StorageTool', args);
    } catch (error) {
      const lines = String((error as { stderr?: unknown }).stderr ?? error).trim();
      throw new MillraceError('KAFKA_SERVER_FAILED', `Expected Kafka to format its storage, got: ${lines}`, {
        cause: error,
      });
    }
  }

  #settingsOfAll(node: LocalKafkaNode): { [name: string]: string } {
    const roles = [...(this.#brokers.includes(node) ? ['broker'] : []), ...this.#controllerRole(node)];
    const protocols = [...Object.entries(this.#listeners), ['internal', 'PLAINTEXT'], ['controller', 'PLAINTEXT']];
    return {
      'process.roles': roles.join(','),
      'node.id': String(node.id),
      'controller.quorum.voters': this.#controllers
        .map(({ id, ports }) => `${id}@${HOST}:${ports.get('controller')}`)
        .join(','),
      listeners: this.#controllerRole(node)
        .map((role) => listenerOf(node, role))
        .join(','),
      'listener.security.protocol.map': protocols
        .map(([name, protocol]) => `${name?.toUpperCase()}:${protocol}`)
        .join(','),
      'controller.listener.names': 'CONTROLLER',
      'log.dirs': node.folder,
    };
  }

  #settingsOfBroker(node: LocalKafkaNode): { [name: string]: string } {
    const advertised = [...Object.keys(this.#listeners), 'internal'].map((name) => listenerOf(node, name));
    const replicas = String(Math.min(3, this.#brokers.length));
    const inSync = this.#brokers.length >= 3 ? '2' : '1';
    return {
      listeners: [...advertised, ...this.#controllerRole(node).map((role) => listenerOf(node, role))].join(','),
      'advertised.listeners': advertised.join(','),
      'inter.broker.listener.name': 'INTERNAL',
      'default.replication.factor': replicas,
      'min.insync.replicas': inSync,
      'offsets.topic.replication.factor': replicas,
      'offsets.topic.num.partitions': '8',
      'transaction.state.log.replication.factor': replicas,
      'transaction.state.log.min.isr': inSync,
      'transaction.state.log.num.partitions': '8',
      'share.coordinator.state.topic.replication.factor': replicas,
      'share.coordinator.state.topic.min.isr': inSync,
      'group.initial.rebalance.delay.ms': '0',
      'auto.create.topics.enable': 'false',
      // Tests write records of long ago.
      'log.retention.ms': '-1',
    };
  }

  #controllerRole(node: LocalKafkaNode): readonly string[] {
    return this.#controllers.includes(node) ? ['controller'] : [];
  }
}

function listenerOf({ ports }: LocalKafkaNode, name: string): string {
  return `${name.toUpperCase()}://${HOST}:${ports.get(name)}`;
}

class LocalKafkaNode implements KafkaServerBroker {
  readonly id: number;
  readonly ports: ReadonlyMap<string, number>;
  readonly folder: string;
  readonly #command: readonly string[];
  #process: ChildProcess | undefined;

  constructor(parts: { id: number; ports: ReadonlyMap<string, number>; folder: string; command: readonly string[] }) {
    this.id = parts.id;
    this.ports = parts.ports;
    this.folder = parts.folder;
    this.#command = parts.command;
  }

  get isStarted(): boolean {
    return this.#process !== undefined;
  }

  get hasEnded(): boolean {
    return this.#process !== undefined && (this.#process.exitCode !== null || this.#process.signalCode !== null);
  }

  start(): void {
    const watch = fileURLToPath(new URL('with-parent.sh', import.meta.url));
    const java = [...this.#command, 'kafka.Kafka', `${this.folder}.properties`];
    const asJava = ['bash', '-c', 'echo $$ > "$0"; exec "$@"', this.#pidFile, ...java];
    const log = openSync(`${this.folder}.log`, 'a');
    const child = spawn('bash', [watch, ...asJava], { detached: true, stdio: ['pipe', log, log] });
    closeSync(log);
    child.stdin?.on('error', () => undefined);
    this.#process = child;
  }

  async kill(): Promise<void> {
    const running = this.#process;
    if (running === undefined) return;
    this.#process = undefined;
    if (running.exitCode !== null || running.signalCode !== null) return;
    const ended = once(running, 'exit');
    this.#signal('SIGKILL');
    await ended;
  }

  signal(name: NodeJS.Signals): void {
    if (this.#process !== undefined) this.#signal(name);
  }

  failure(): MillraceError {
    const lines = readFileSync(`${this.folder}.log`, 'utf8').trim().split('\n');
    const reason = lines.findLast((line) => / (ERROR|FATAL) |Exception/.test(line)) ?? lines.at(-1) ?? 'nothing';
    return new MillraceError('KAFKA_SERVER_FAILED', `Expected Kafka to start, got: ${reason}`, {
      context: { file: `${this.folder}.log` },
    });
  }

  get #pidFile(): string {
    return `${this.folder}.pid`;
  }

  #signal(name: NodeJS.Signals): void {
    try {
      process.kill(Number(readFileSync(this.#pidFile, 'utf8')), name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/** Whether each of these brokers takes connections and knows of the others. */
async function knowsAll(ports: readonly number[]): Promise<boolean> {
  for (const port of ports) {
    try {
      const cluster = await KafkaCluster.connect({
        bootstrap: [{ host: HOST, port }],
        clientId: 'ready',
        connectTimeoutMs: 1000,
        requestTimeoutMs: 2000,
        retryTimeoutMs: 0,
      });
      const known = cluster.brokerIds.length;
      await cluster.close();
      if (known < ports.length) return false;
    } catch {
      return false;
    }
  }
  return true;
}

/** Ports that were free just now, all different. */
export async function findFreePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, HOST));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
