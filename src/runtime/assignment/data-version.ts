import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';

/**
 * The version of what members tell each other. A newer one that only appends fields stays readable for older programs, which
 * read what they know; one that changes fields raises `OLDEST_READER` too.
 */
export const DATA_VERSION = 1;
const OLDEST_READER = 1;

/** Begins data with the version that it is in and the oldest that can read it. */
export function writeVersion(writer: ByteWriter): void {
  writer.number(DATA_VERSION);
  writer.number(OLDEST_READER);
}

/** The version of data, and whether this program can read it. */
export function readVersion(reader: ByteReader): { readonly version: number; readonly readable: boolean } {
  const version = reader.number();
  return { version, readable: reader.number() <= DATA_VERSION };
}
