import fs from 'node:fs';
import path from 'node:path';
import type { ErrorCode } from './error-catalogue/index.ts';
import { MillraceError } from './millrace-error.ts';

/** Who holds a lock. */
interface Holder {
  readonly pid: number;
  /** Tells a process from a later one with the same pid; empty where the system does not say. */
  readonly started: string;
}

/** What is thrown when a lock cannot be taken. */
export interface DirectoryLockErrors {
  /** Where a living process holds it. */
  readonly locked: ErrorCode;
  /** Where its file cannot be written or read. */
  readonly storage: ErrorCode;
}

const FILE = 'lock';
const DEAD = 'dead';

/**
 * A lock on a directory: a file with the pid of its holder. One whose holder is dead is taken over. It keeps processes of one
 * machine apart; directories shared over a network or between containers are for their users to keep apart.
 */
export class DirectoryLock {
  readonly #file: string;
  readonly #content: string;

  private constructor(file: string, content: string) {
    this.#file = file;
    this.#content = content;
  }

  /** Takes the lock; makes the directory. What it throws where a process holds the lock has the pid of that. */
  static take(directory: string, errors: DirectoryLockErrors): DirectoryLock {
    const file = path.join(path.resolve(directory), FILE);
    const own = `${file}.${process.pid}`;
    const content = JSON.stringify(holderOf(process.pid));
    try {
      fs.mkdirSync(directory, { recursive: true });
      fs.writeFileSync(own, content);
      try {
        // Linking puts the lock there with its content, or not at all.
        while (!link(own, file)) removeStale(file, (holder) => lockedBy(holder, directory, errors));
      } finally {
        fs.rmSync(own, { force: true });
      }
    } catch (error) {
      if (error instanceof MillraceError) throw error;
      throw new MillraceError(errors.storage, `Expected to lock ${directory}, got ${String(error)}`, {
        cause: error,
        context: { directory },
      });
    }
    return new DirectoryLock(file, content);
  }

  /** Gives it back. Where its directory was deleted meanwhile, another's lock may be in its place, and stays. */
  release(): void {
    if (read(this.#file) === this.#content) fs.rmSync(this.#file, { force: true });
  }
}

function lockedBy({ pid }: Holder, directory: string, { locked }: DirectoryLockErrors): MillraceError {
  return new MillraceError(locked, `Expected ${directory} to be free, got it locked by process ${pid}`, {
    context: { directory, pid },
  });
}

function link(from: string, to: string): boolean {
  try {
    fs.linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function removeStale(file: string, locked: (holder: Holder) => MillraceError): void {
  const content = read(file);
  if (content === undefined) return;
  const holder = parse(content);
  if (holder !== undefined && isAlive(holder)) throw locked(holder);
  // Moved aside before it is removed: what was moved may be the lock of somebody who was quicker, and then goes back.
  const aside = `${file}.stale-${process.pid}`;
  try {
    fs.renameSync(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (read(aside) !== content) link(aside, file);
  fs.rmSync(aside, { force: true });
}

function read(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function parse(content: string): Holder | undefined {
  try {
    return JSON.parse(content) as Holder;
  } catch {
    // Cut short by a crash of the machine: its holder is gone.
    return undefined;
  }
}

function isAlive(holder: Holder): boolean {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const { started } = holderOf(holder.pid);
  if (started === DEAD) return false;
  return started === '' || holder.started === '' || started === holder.started;
}

function holderOf(pid: number): Holder {
  try {
    // After the name in parentheses come the state and, as the 20th field, the start time in ticks since the machine started
    // (proc(5), fields 3 and 22).
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // Killed, and its parent has not asked for its end yet.
    if (fields[0] === 'Z' || fields[0] === 'X') return { pid, started: DEAD };
    const ticks = fields[19] ?? '';
    const boot = fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return { pid, started: `${boot}/${ticks}` };
  } catch {
    return { pid, started: '' };
  }
}
