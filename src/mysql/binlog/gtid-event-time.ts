/** Offset of the commit time in a GTID event's body: flags, UUID, number, clock type, two clock values. */
const COMMIT_TIME_OFFSET = 1 + 16 + 8 + 1 + 8 + 8;
const TIME_BYTES = 7;
/** Set in the last byte of the immediate commit time when the original one follows. */
const ORIGINAL_FOLLOWS = 0x80;

/**
 * When the transaction of a GTID event was committed where it was first, in milliseconds; undefined in events of servers
 * before 8.0.1. Source: `Gtid_event` in `control_events.h`: microseconds in 7 bytes.
 */
export function commitTimeOfGtidEvent(body: Buffer): number | undefined {
  if (body.length < COMMIT_TIME_OFFSET + TIME_BYTES) return undefined;
  const last = body.readUInt8(COMMIT_TIME_OFFSET + TIME_BYTES - 1);
  const isOriginalElsewhere = (last & ORIGINAL_FOLLOWS) !== 0 && body.length >= COMMIT_TIME_OFFSET + 2 * TIME_BYTES;
  return readMicroseconds(body, COMMIT_TIME_OFFSET + (isOriginalElsewhere ? TIME_BYTES : 0));
}

function readMicroseconds(body: Buffer, offset: number): number {
  const high = body.readUInt8(offset + 6) & ~ORIGINAL_FOLLOWS;
  return Math.floor((body.readUIntLE(offset, 6) + high * 2 ** 48) / 1000);
}

const FIELD_UUID = 1n;
const FIELD_TAG = 3n;
const FIELD_IMMEDIATE_TIME = 6n;
const FIELD_ORIGINAL_TIME = 7n;
const UUID_BYTES = 16;

/**
 * The same of a tagged GTID event (8.3+), whose body is a message of numbered fields in order. The immediate time counts
 * when the original one is absent, which means that both are the same.
 */
export function commitTimeOfTaggedGtidEvent(body: Buffer): number | undefined {
  const reader = new VarintReader(body);
  reader.next(); // serialization version
  reader.next(); // size of the message
  reader.next(); // last field that must be known
  let time: bigint | undefined;
  while (!reader.isAtEnd) {
    const field = reader.next() >> 1n;
    if (field > FIELD_ORIGINAL_TIME) break;
    if (field === FIELD_UUID) for (let index = 0; index < UUID_BYTES; index++) reader.next();
    else if (field === FIELD_TAG) reader.skip(Number(reader.next()));
    else if (field === FIELD_IMMEDIATE_TIME || field === FIELD_ORIGINAL_TIME) time = reader.next();
    else reader.next();
  }
  return time === undefined ? undefined : Number(time / 1000n);
}

/** Integers whose first byte tells in its trailing one bits how many bytes follow. */
class VarintReader {
  #at = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  skip(bytes: number): void {
    this.#at += bytes;
  }

  next(): bigint {
    const first = this.#bytes.readUInt8(this.#at++);
    let extra = 0;
    while (extra < 8 && (first >> extra) & 1) extra++;
    let value = extra === 8 ? 0n : BigInt(first >> (extra + 1));
    const shift = extra === 8 ? 0n : BigInt(8 - (extra + 1));
    for (let index = 0; index < extra; index++) {
      value |= BigInt(this.#bytes.readUInt8(this.#at++)) << (shift + 8n * BigInt(index));
    }
    return value;
  }
}
