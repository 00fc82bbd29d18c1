import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MillraceError } from '../../core/millrace-error.ts';
import { crc32c } from './crc32c.ts';

/**
 * Checks LevelDB's write-ahead logs before LevelDB opens them.
 *
 * LevelDB skips a damaged record and goes on with the next: a commit in the middle would be lost under a position that
 * says it is there. A log is blocks of 32 KiB, each a run of records: CRC (4 bytes, masked), length (2), type (1), payload;
 * fewer than 7 bytes at a block's end are padding. The CRC covers type and payload. (LevelDB, doc/log_format.md)
 *
 * A kill can cut off the last record of the last log: then the store is at the commit before, which its position says too.
 */
const BLOCK_BYTES = 32 * 1024;
const HEADER_BYTES = 7;
const TYPE_OFFSET = 6;
const MASK_DELTA = 0xa282ead8;

/** Throws STORE_CORRUPTED when a log in this directory lost anything but its tail. */
export async function checkLogs(directory: string): Promise<void> {
  const names = (await readdir(directory)).filter((name) => /^\d+\.log$/.test(name)).sort();
  for (const [index, name] of names.entries()) {
    const log = await readFile(join(directory, name));
    const end = wholeBytes(log);
    const lastLog = index === names.length - 1;
    if (end === log.length || (lastLog && isCutOff(log, end))) continue;
    throw new MillraceError('STORE_CORRUPTED', `Expected whole records in ${name}, got a damaged one at byte ${end}`, {
      context: { directory, file: name },
    });
  }
}

/** How many bytes from the beginning are whole records. */
function wholeBytes(log: Buffer): number {
  let at = 0;
  while (at < log.length) {
    const left = BLOCK_BYTES - (at % BLOCK_BYTES);
    if (left < HEADER_BYTES) {
      at = Math.min(at + left, log.length);
      continue;
    }
    if (log.length - at < HEADER_BYTES) return at;
    const end = at + HEADER_BYTES + log.readUInt16LE(at + 4);
    if (end - at > left || end > log.length) return at;
    if (crc32c(log.subarray(at + TYPE_OFFSET, end)) !== unmasked(log.readUInt32LE(at))) return at;
    at = end;
  }
  return at;
}

/** Whether the log ends within the record that begins here, or in zeros that were never written. */
function isCutOff(log: Buffer, at: number): boolean {
  if (log.length - at < HEADER_BYTES) return true;
  const length = log.readUInt16LE(at + 4);
  const fitsBlock = HEADER_BYTES + length <= BLOCK_BYTES - (at % BLOCK_BYTES);
  return (fitsBlock && at + HEADER_BYTES + length > log.length) || log.subarray(at).every((byte) => byte === 0);
}

function unmasked(stored: number): number {
  const rotated = (stored - MASK_DELTA) >>> 0;
  return ((rotated >>> 17) | (rotated << 15)) >>> 0;
}
