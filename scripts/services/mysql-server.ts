import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { cacheDirectory as defaultCacheDirectory } from '../../src/cli/host/cache-directory.ts';
import { MillraceError } from '../../src/core/millrace-error.ts';
import { createMySqlDataDirectory, smallServerOptions } from './mysql-data-directory.ts';
import { findMysqld, type MysqldCommand } from './mysqld-command.ts';

/** How to start a MySQL server. */
export interface MySqlServerOptions {
  /** Where its files go: `data/` and `mysqld.log`. What is there from an earlier run is used again. */
  readonly dataDirectory: string;
  /** A free one where absent. */
  readonly port?: number;
  /** More options of `mysqld`, after ours and so before them. */
  readonly options?: readonly string[];
  /** The server that is there already: `MILLRACE_MYSQL_URL` where absent, none where null. */
  readonly externalUrl?: string | null;
  readonly cacheDirectory?: string;
}

/** A running MySQL server with its binlog on (GTIDs, full row metadata). */
export interface MySqlServer {
  /** `mysql://user:password@host:port`, without a database. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly kind: 'external' | MysqldCommand['kind'];
  /** Shuts it down in order. Nothing for an external one. May be called twice. */
  stop(): Promise<void>;
  /** Ends it with SIGKILL, as a crash does. Throws MYSQL_SERVER_FAILED for an external one. */
  kill(): Promise<void>;
  /** Starts it again on the same data and port, with other `options` if given. Throws MYSQL_SERVER_FAILED for an external one. */
  restart(options?: readonly string[]): Promise<void>;
}

/**
 * Starts a MySQL server and resolves when it takes connections: the one of `MILLRACE_MYSQL_URL` if that is set, else a
 * `mysqld` on the PATH, else one from Debian's packages (fetched into the cache the first time). It listens on 127.0.0.1
 * only, in a session of its own (a Ctrl-C in the terminal does not reach it), and ends when this process ends, however that
 * ends. Throws MYSQL_SERVER_UNAVAILABLE, MYSQL_SERVER_FAILED.
 */
export async function startMySqlServer(options: MySqlServerOptions): Promise<MySqlServer> {
  const externalUrl = options.externalUrl === undefined ? process.env['MILLRACE_MYSQL_URL'] : options.externalUrl;
  if (externalUrl) return useExternalServer(externalUrl);

  const command = await findMysqld(options.cacheDirectory ?? defaultCacheDirectory());
  const server = new LocalMySqlServer(command, options);
  mkdirSync(options.dataDirectory, { recursive: true });
  await createMySqlDataDirectory(command, server.dataPath);
  await server.start();
  return server;
}

async function useExternalServer(url: string): Promise<MySqlServer> {
  const { hostname, port, username, password } = new URL(url);
  const server: MySqlServer = {
    url,
    host: hostname,
    port: Number(port || 3306),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    kind: 'external',
    stop: () => Promise.resolve(),
    kill: () => Promise.reject(notOurs()),
    restart: () => Promise.reject(notOurs()),
  };
  try {
    await ping(server);
  } catch (error) {
    throw new MillraceError(
      'MYSQL_SERVER_UNAVAILABLE',
      'Expected the server of `MILLRACE_MYSQL_URL` to take connections, got an error',
      {
        cause: error,
        context: { host: server.host, port: server.port },
      },
    );
  }
  return server;
}

function notOurs(): MillraceError {
  return new MillraceError(
    'MYSQL_SERVER_FAILED',
    'Expected a server that Millrace started, got the one of `MILLRACE_MYSQL_URL`',
  );
}

// Both in the data directory.
const socketFile = 'mysql.sock';
const pidFile = 'mysqld.pid';

class LocalMySqlServer implements MySqlServer {
  readonly host = '127.0.0.1';
  readonly user = 'root';
  readonly password = '';
  readonly kind: MysqldCommand['kind'];
  readonly dataPath: string;
  readonly #command: MysqldCommand;
  readonly #logFile: string;
  readonly #fixedPort: boolean;
  #options: readonly string[];
  #port: number;
  #process: ChildProcess | undefined;

  constructor(command: MysqldCommand, options: MySqlServerOptions) {
    this.#command = command;
    this.kind = command.kind;
    this.dataPath = join(options.dataDirectory, 'data');
    this.#logFile = join(options.dataDirectory, 'mysqld.log');
    this.#fixedPort = options.port !== undefined;
    this.#port = options.port ?? 0;
    this.#options = options.options ?? [];
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `mysql://${this.user}@${this.host}:${this.#port}`;
  }

  /** A port found free may be taken by somebody else before mysqld binds it: then another one is tried. */
  async start(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      if (!this.#fixedPort) this.#port = await findFreePort();
      try {
        return await this.#launch();
      } catch (error) {
        if (this.#fixedPort || attempt === 3 || !this.#lastLogLines().includes('Bind on TCP/IP port')) throw error;
      }
    }
  }

  async stop(): Promise<void> {
    const running = this.#process;
    if (running === undefined) return;
    this.#process = undefined;
    running.stdin?.end();
    if (running.exitCode === null && running.signalCode === null) await once(running, 'exit');
  }

  async kill(): Promise<void> {
    const running = this.#process;
    if (running === undefined) return;
    this.#process = undefined;
    process.kill(Number(readFileSync(join(this.dataPath, pidFile), 'utf8')), 'SIGKILL');
    // The script that watches it ends with it, once the killed process is gone.
    if (running.exitCode === null && running.signalCode === null) await once(running, 'exit');
  }

  async restart(options: readonly string[] = this.#options): Promise<void> {
    await this.stop();
    this.#options = options;
    await this.#launch();
  }

  async #launch(): Promise<void> {
    const script = fileURLToPath(new URL('with-parent.sh', import.meta.url));
    const mysqld = [
      this.#command.program,
      ...this.#command.programArguments,
      ...this.#serverOptions(),
      ...this.#options,
    ];
    // A killed server leaves it, with a process id that may be somebody else's by now. InnoDB has locks of its own.
    rmSync(join(this.dataPath, `${socketFile}.lock`), { force: true });
    const log = openSync(this.#logFile, 'a');
    const child = spawn('bash', [script, ...mysqld], { detached: true, stdio: ['pipe', log, log] });
    closeSync(log);
    child.stdin?.on('error', () => undefined);
    this.#process = child;
    for (;;) {
      const reason = await this.#findReasonNotReady();
      if (reason === undefined) return;
      if (child.exitCode !== null || child.signalCode !== null || this.#process !== child) {
        this.#process = undefined;
        throw new MillraceError('MYSQL_SERVER_FAILED', `Expected mysqld to start, got: ${this.#lastError()}`, {
          cause: reason,
          context: { file: this.#logFile },
        });
      }
      await delay(25);
    }
  }

  /** Another server may hold the port: that one has other data. */
  async #findReasonNotReady(): Promise<unknown> {
    try {
      const folder = await ping(this);
      return realpathSync(folder) === realpathSync(this.dataPath) ? undefined : `the port ${this.#port} is taken`;
    } catch (error) {
      return error;
    }
  }

  #serverOptions(): readonly string[] {
    return [
      `--datadir=${this.dataPath}`,
      `--port=${this.#port}`,
      `--bind-address=${this.host}`,
      // Relative to the data directory: the path of a socket may be no longer than 107 bytes.
      `--socket=${socketFile}`,
      `--pid-file=${pidFile}`,
      '--server-id=1',
      '--log-bin=binlog',
      '--gtid-mode=ON',
      '--enforce-gtid-consistency=ON',
      '--binlog-row-metadata=FULL',
      // Every commit reaches the operating system, so that it survives the end of the process, if not a power cut.
      '--innodb-flush-log-at-trx-commit=2',
      '--sync-binlog=0',
      ...smallServerOptions,
    ];
  }

  #lastLogLines(): string {
    return readFileSync(this.#logFile, 'utf8').slice(-4096);
  }

  #lastError(): string {
    const lines = this.#lastLogLines().trim().split('\n');
    return (
      lines.findLast((line) => line.includes('[ERROR]') && !line.includes('Aborting')) ?? lines.at(-1) ?? 'nothing'
    );
  }
}

/** Connects, and gives the folder that the server says its data is in. */
async function ping(server: MySqlServer): Promise<string> {
  const { host, port, user, password } = server;
  const connection = await createConnection({ host, port, user, password, connectTimeout: 10_000 });
  const [rows] = await connection.query<RowDataPacket[]>('SELECT @@datadir AS folder');
  await connection.end();
  return String(rows[0]?.['folder']);
}

async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string')
    throw new MillraceError('INTERNAL', 'Expected a TCP address to have a port');
  return address.port;
}
