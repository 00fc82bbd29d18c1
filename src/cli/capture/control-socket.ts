import { createHash } from 'node:crypto';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { MillraceError } from '../../core/millrace-error.ts';

/** What a command asks of the process that runs with a data directory: one line of JSON, answered by another. */
export type ControlRequest =
  | { readonly command: 'status' }
  /** A signal for the MySQL source, in the JSON of its topic. */
  | { readonly command: 'signal'; readonly value: string };

/** Answers requests; what it throws is the answer too. */
export type ControlHandler = (request: ControlRequest) => Promise<unknown>;

/** A socket that is listened on. */
export interface ControlSocket {
  close(): Promise<void>;
}

/** The longest path that every system takes for a socket. */
const MAX_PATH_LENGTH = 100;
const MAX_REQUEST_LENGTH = 1 << 20;

/** Listens for commands on a socket in the data directory, which only its owner may write to. */
export async function openControlSocket(dataDirectory: string, handler: ControlHandler): Promise<ControlSocket> {
  // On Kafka nothing else may have made it yet.
  await mkdir(dataDirectory, { recursive: true });
  const path = controlPath(dataDirectory);
  // Whoever left it behind is gone: the directory belongs to one process at a time.
  await rm(path, { force: true });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    answer(socket, handler);
  });
  await listen(server, path);
  await chmod(path, 0o600);
  return {
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((done) => server.close(() => done()));
      await rm(path, { force: true });
    },
  };
}

/** Asks the process that runs with a data directory. Throws CLI_NOT_RUNNING where there is none, and what it answers as an error. */
export async function askRunning(dataDirectory: string, request: ControlRequest): Promise<unknown> {
  const text = await new Promise<string>((resolveText, reject) => {
    let received = '';
    const socket = connect(controlPath(dataDirectory), () => socket.write(`${JSON.stringify(request)}\n`));
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => (received += chunk));
    socket.on('end', () => resolveText(received));
    socket.on('error', (error) => reject(notRunning(dataDirectory, error)));
  });
  if (text === '') throw notRunning(dataDirectory);
  const { result, error } = JSON.parse(text) as { result?: unknown; error?: string };
  if (error !== undefined) throw new MillraceError('CLI_COMMAND_REFUSED', error);
  return result;
}

function controlPath(dataDirectory: string): string {
  const path = join(resolve(dataDirectory), 'control.sock');
  if (path.length <= MAX_PATH_LENGTH) return path;
  return join(tmpdir(), `millrace-${createHash('sha256').update(path).digest('hex').slice(0, 24)}.sock`);
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((done, reject) => {
    server.once('error', reject);
    server.listen(path, done);
  });
}

function answer(socket: Socket, handler: ControlHandler): void {
  let received = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    received += chunk;
    const end = received.indexOf('\n');
    if (end === -1) {
      if (received.length > MAX_REQUEST_LENGTH) socket.destroy();
      return;
    }
    const line = received.slice(0, end);
    received = '';
    Promise.resolve()
      .then(() => handler(JSON.parse(line) as ControlRequest))
      .then(
        (result) => socket.end(JSON.stringify({ result })),
        (error: unknown) =>
          socket.end(JSON.stringify({ error: error instanceof Error ? error.message : String(error) })),
      );
  });
}

function notRunning(dataDirectory: string, cause?: unknown): MillraceError {
  return new MillraceError(
    'CLI_NOT_RUNNING',
    `Expected a process to run with the data directory ${dataDirectory}, got none`,
    {
      cause,
    },
  );
}
