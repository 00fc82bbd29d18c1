/**
 * Where the files of the embedded broker are: a directory, or memory. Paths are relative and use `/`.
 *
 * Reading and appending are synchronous: they end in the page cache within microseconds, and a commit that nothing can come
 * between is atomic for readers without locks. What waits for a disk (`sync`, `replace`) is asynchronous.
 * Every method throws BROKER_STORAGE with the file and the system's error.
 */
export interface LogStorage {
  /** Names of the entries of a directory, in no order; none where it does not exist. */
  list(directory: string): readonly string[];
  /** Bytes of a file; undefined where there is none. */
  size(path: string): number | undefined;
  /** Exactly `length` bytes, in memory that is not changed afterwards. Throws LOG_CORRUPTED where the file ends before. */
  read(path: string, position: number, length: number): Buffer;
  /** Writes all buffers from a position on; makes the file and its directories. On an error a part may have been written. */
  write(path: string, position: number, buffers: readonly Buffer[]): void;
  /** Cuts a file; nothing where there is none. */
  truncate(path: string, size: number): void;
  rename(from: string, to: string): void;
  /** Removes a file, or a directory with all in it; nothing where there is none. */
  remove(path: string): void;
  /** Replaces a file as a whole: after a crash it has the old bytes or the new ones. */
  replace(path: string, bytes: Buffer): Promise<void>;
  /** Makes everything that was written before the call survive a power failure. */
  sync(): Promise<void>;
  /** Whether there is something for `sync` to do. */
  readonly unsynced: boolean;
  /** How a file is called in messages. */
  describe(path: string): string;
  close(): void;
}
