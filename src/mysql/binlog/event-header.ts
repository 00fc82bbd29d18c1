/** What stands before each event. Source: `Log_event_header` of the server. */
export interface EventHeader {
  /** Seconds since the epoch; 0 in events that the server makes up for the stream. */
  readonly timestampSeconds: number;
  readonly type: number;
  /** The server on which the event was made first. */
  readonly serverId: number;
  /** Bytes of the event with header and checksum. */
  readonly length: number;
  /** Where the event ends in its file, in 32 bits; 0 where it has no place in one. */
  readonly endPosition: number;
  readonly flags: number;
}

/** Bytes of a header. */
export const EVENT_HEADER_BYTES = 19;

/** The flag of events that whoever does not know them may leave out. */
export const IGNORABLE_FLAG = 0x80;

/** Reads the header that an event begins with. Throws a RangeError when the bytes are fewer. */
export function readEventHeader(event: Buffer): EventHeader {
  return {
    timestampSeconds: event.readUInt32LE(0),
    type: event.readUInt8(4),
    serverId: event.readUInt32LE(5),
    length: event.readUInt32LE(9),
    endPosition: event.readUInt32LE(13),
    flags: event.readUInt16LE(17),
  };
}
