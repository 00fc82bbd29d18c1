import type { MillraceError } from '../../core/millrace-error.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';

/** Starts workers that run stream threads: each in an event loop of its own, with the topology loaded there anew. */
export interface ThreadHost {
  /** Starts a worker for the thread of this number. It ends when its thread has. */
  open(index: number): WorkerConnection;
}

/** The two ways of messages between a pool and the worker of one of its threads, which come in the order they are sent. */
export interface WorkerConnection {
  /** Resolves when the worker is gone and nothing more comes of it; with the error that ended it, if one did. */
  readonly gone: Promise<MillraceError | null>;
  post(message: ToWorker): void;
  /** Has what the worker says told to this listener, which is the only one. To be called at once. */
  onMessage(listener: (message: FromWorker) => void): void;
  /** Ends the worker where it is. */
  terminate(): void;
}
