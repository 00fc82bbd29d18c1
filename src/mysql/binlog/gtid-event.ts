import { MillraceError } from '../../core/millrace-error.ts';
import type { ByteCursor } from './byte-cursor.ts';

/** What the event before a transaction says of it. */
export interface GtidEvent {
  /** `uuid:number` or `uuid:tag:number`; `domain-server-number` of MariaDB; null without one. */
  readonly gtid: string | null;
  /**
   * When the transaction was committed on the server where it was first, in microseconds since the epoch; undefined in events
   * of servers before 8.0.1.
   */
  readonly committedAtUs: number | undefined;
  /** Whether rows follow without another word, up to a commit. */
  readonly isInside: boolean;
}

const UUID_BYTES = 16;
/** Set in the last byte of the immediate commit time when the original one follows. */
const ORIGINAL_FOLLOWS = 0x80;
const TIME_BYTES = 7;

/** Reads GTID events; the text of a UUID is made once as long as the same server's transactions come. */
export class GtidEventReader {
  #uuidBytes: Buffer = Buffer.alloc(0);
  #uuid = '';

  /** An event without a tag: flags, UUID, number, logical clock, times. Source: `Gtid_event` in `control_events.h`. */
  read(cursor: ByteCursor): GtidEvent {
    cursor.uint8();
    const uuid = this.#uuidText(cursor.take(UUID_BYTES));
    const number = cursor.position();
    const digits = Number.isSafeInteger(number) ? number : cursor.bytes.readBigUInt64LE(cursor.at - 8);
    return { gtid: `${uuid}:${digits}`, committedAtUs: readCommitTime(cursor), isInside: false };
  }

  /** When the transaction of an event for one without a GTID was committed; it looks the same. */
  readAnonymous(cursor: ByteCursor): number | undefined {
    cursor.take(1 + UUID_BYTES + 8);
    return readCommitTime(cursor);
  }

  /**
   * An event of servers since 8.3, whose body is a message of numbered fields in order. The immediate time counts when the
   * original one is absent, which means that both are the same.
   */
  readTagged(cursor: ByteCursor): GtidEvent {
    const message = new TaggedMessage(cursor);
    const { uuid, number, tag, committedAtUs } = message;
    if (uuid === undefined || number < 1n) {
      throw new MillraceError('MYSQL_EVENT_UNREADABLE', 'Expected a GTID event to have a UUID and a number');
    }
    const source = tag === '' ? this.#uuidText(uuid) : `${this.#uuidText(uuid)}:${tag}`;
    return { gtid: `${source}:${number}`, committedAtUs, isInside: false };
  }

  #uuidText(bytes: Buffer): string {
    if (!this.#uuidBytes.equals(bytes)) {
      this.#uuidBytes = Buffer.from(bytes);
      this.#uuid = bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    }
    return this.#uuid;
  }
}

/** The transaction is one statement (DDL), without a frame. */
const MARIADB_STANDALONE = 0x01;
/** Its rows count when, and if, it is committed by another one. */
const MARIADB_XA = 0x40 | 0x80;

/** A GTID event of MariaDB: number, domain, flags. It is the beginning of its transaction, too. */
export function readMariadbGtid(cursor: ByteCursor, serverId: number): GtidEvent {
  const number = cursor.position();
  const domain = cursor.uint32();
  const flags = cursor.uint8();
  if ((flags & MARIADB_XA) !== 0) {
    throw new MillraceError('MYSQL_EVENT_UNREADABLE', 'Expected no prepared XA transaction of MariaDB, got one');
  }
  const isInside = (flags & MARIADB_STANDALONE) === 0;
  return { gtid: `${domain}-${serverId}-${number}`, committedAtUs: undefined, isInside };
}

/** Behind the number: the kind of clock, two clock values, and since 8.0.1 one or two times in microseconds. */
function readCommitTime(cursor: ByteCursor): number | undefined {
  const { bytes } = cursor;
  const immediate = cursor.at + 1 + 8 + 8;
  if (bytes.length < immediate + TIME_BYTES) return undefined;
  const isOriginalElsewhere = (bytes.readUInt8(immediate + TIME_BYTES - 1) & ORIGINAL_FOLLOWS) !== 0;
  const at = isOriginalElsewhere ? immediate + TIME_BYTES : immediate;
  const high = bytes.readUInt8(at + TIME_BYTES - 1) & ~ORIGINAL_FOLLOWS;
  return bytes.readUIntLE(at, TIME_BYTES - 1) + high * 2 ** 48;
}

const FIELD_UUID = 1n;
const FIELD_NUMBER = 2n;
const FIELD_TAG = 3n;
const FIELD_IMMEDIATE_TIME = 6n;
const FIELD_ORIGINAL_TIME = 7n;
const FORMAT_VERSION = 1n;

/** Source: `mysql::serialization` of the server. */
class TaggedMessage {
  uuid: Buffer | undefined;
  number = 0n;
  tag = '';
  committedAtUs: number | undefined;

  constructor(cursor: ByteCursor) {
    if (readVarint(cursor) !== FORMAT_VERSION) {
      throw new MillraceError('MYSQL_EVENT_UNREADABLE', 'Expected a GTID event in the format of version 1');
    }
    readVarint(cursor); // size of the message
    const lastNeeded = readVarint(cursor); // last field that must be known
    if (lastNeeded > FIELD_ORIGINAL_TIME) {
      throw new MillraceError(
        'MYSQL_EVENT_UNREADABLE',
        `Expected fields of a GTID event that are known, got ${lastNeeded}`,
      );
    }
    while (!cursor.isAtEnd) {
      const field = readVarint(cursor);
      if (field > FIELD_ORIGINAL_TIME) break;
      this.#read(field, cursor);
    }
  }

  #read(field: bigint, cursor: ByteCursor): void {
    if (field === FIELD_UUID) {
      this.uuid = Buffer.from(Array.from({ length: UUID_BYTES }, () => Number(readVarint(cursor))));
    } else if (field === FIELD_TAG) {
      this.tag = cursor.take(Number(readVarint(cursor))).toString('latin1');
    } else {
      const value = readVarint(cursor);
      if (field === FIELD_NUMBER) this.number = signed(value);
      else if (field === FIELD_IMMEDIATE_TIME || field === FIELD_ORIGINAL_TIME) this.committedAtUs = Number(value);
    }
  }
}

/** Signed numbers have their sign in the lowest bit. */
function signed(value: bigint): bigint {
  return value & 1n ? -(value >> 1n) - 1n : value >> 1n;
}

/** A number whose first byte tells in its trailing one bits how many bytes follow. */
function readVarint(cursor: ByteCursor): bigint {
  const first = cursor.uint8();
  let extra = 0;
  while (extra < 8 && (first >> extra) & 1) extra++;
  let value = extra === 8 ? 0n : BigInt(first >> (extra + 1));
  const shift = extra === 8 ? 0n : BigInt(8 - (extra + 1));
  for (let index = 0; index < extra; index++) value |= BigInt(cursor.uint8()) << (shift + 8n * BigInt(index));
  return value;
}
