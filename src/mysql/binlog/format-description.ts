import { crc32 } from 'node:zlib';
import { MillraceError } from '../../core/millrace-error.ts';
import { EVENT_HEADER_BYTES } from './event-header.ts';

const CHECKSUM_BYTES = 4;
const NO_ALGORITHM = 0;
const CRC32_ALGORITHM = 1;
/** The version of the format since MySQL 5.0. */
const FORMAT_VERSION = 4;
const VERSION_BYTES = 2;
const SERVER_VERSION_BYTES = 50;
const CREATED_BYTES = 4;
const HEADER_LENGTH_OFFSET = EVENT_HEADER_BYTES + VERSION_BYTES + SERVER_VERSION_BYTES + CREATED_BYTES;
/** `9.7.4-2` and zero bytes up to the end. */
const SERVER_VERSION = /^\d+\.\d+\.\d+[ -~]*\0*$/;

/**
 * Whether the events of a file have checksums, as its FORMAT_DESCRIPTION event (header and checksum included) says: the
 * algorithm stands before the checksum, for which this event always has room, also when there is none. Where it says that
 * there is none it cannot be verified: so it must at least look like one, and not have been changed from one with a checksum.
 * Source: `Format_description_event` in `control_events.h`. Throws MYSQL_EVENT_UNREADABLE, RangeError.
 */
export function hasChecksums(event: Buffer): boolean {
  const end = event.length - CHECKSUM_BYTES;
  const version = EVENT_HEADER_BYTES + VERSION_BYTES;
  const isFormat =
    event.readUInt16LE(EVENT_HEADER_BYTES) === FORMAT_VERSION &&
    event.readUInt8(HEADER_LENGTH_OFFSET) === EVENT_HEADER_BYTES &&
    SERVER_VERSION.test(event.toString('latin1', version, version + SERVER_VERSION_BYTES));
  if (!isFormat) throw unreadable('a description of the format of version 4');
  const algorithm = event.readUInt8(end - 1);
  if (algorithm === CRC32_ALGORITHM) return true;
  if (algorithm !== NO_ALGORITHM) throw unreadable(`a checksum algorithm that is known, got ${algorithm}`);
  const changed = Buffer.from(event.subarray(0, end));
  changed.writeUInt8(CRC32_ALGORITHM, end - 1);
  if (crc32(changed) === event.readUInt32LE(end)) throw unreadable('the checksum of an event to match its bytes');
  return false;
}

function unreadable(expected: string): MillraceError {
  return new MillraceError('MYSQL_EVENT_UNREADABLE', `Expected ${expected}`);
}
