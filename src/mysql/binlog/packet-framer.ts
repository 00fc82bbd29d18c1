const HEADER_BYTES = 4;
/** A packet of so many bytes is continued in the next one. */
const FULL_PACKET_BYTES = 0xff_ff_ff;

/**
 * Puts packets together from chunks of a connection, as they are asked for. A packet that lies in one chunk is not copied; of
 * one that does not, what is there is put aside at once, so that a packet may be larger than what is allowed to wait.
 */
export class PacketFramer {
  #chunks: Buffer[] = [];
  #first = 0;
  /** Where the next byte is in the first chunk. */
  #at = 0;
  #waitingBytes = 0;
  /** The packet that is being put together, and how much of it is there. */
  #partial: Buffer | undefined;
  #filled = 0;
  /** Parts of a packet that is continued. */
  #parts: Buffer[] = [];
  #isContinued = false;

  /** Bytes that were not asked for yet. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Adds what came over the connection. */
  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#waitingBytes += chunk.length;
  }

  /** The next packet without its header; undefined when it is not complete yet. */
  next(): Buffer | undefined {
    for (;;) {
      const payload = this.#nextPhysical();
      if (payload === undefined) return undefined;
      const isLast = payload.length < FULL_PACKET_BYTES;
      if (isLast && !this.#isContinued) return payload;
      this.#parts.push(payload);
      this.#isContinued = !isLast;
      if (!isLast) continue;
      const whole = Buffer.concat(this.#parts);
      this.#parts = [];
      return whole;
    }
  }

  #nextPhysical(): Buffer | undefined {
    if (this.#partial === undefined) {
      const chunk = this.#chunks[this.#first];
      if (chunk === undefined) return undefined;
      const at = this.#at;
      if (at + HEADER_BYTES <= chunk.length) {
        const end = at + HEADER_BYTES + chunk.readUIntLE(at, 3);
        if (end <= chunk.length) {
          this.#waitingBytes -= end - at;
          this.#advanceTo(end, chunk);
          return chunk.subarray(at + HEADER_BYTES, end);
        }
      }
      if (this.#waitingBytes < HEADER_BYTES) return undefined;
      const header = Buffer.allocUnsafe(HEADER_BYTES);
      this.#take(header, 0);
      this.#partial = Buffer.allocUnsafe(header.readUIntLE(0, 3));
      this.#filled = 0;
    }
    const packet = this.#partial;
    this.#filled = this.#take(packet, this.#filled);
    if (this.#filled < packet.length) return undefined;
    this.#partial = undefined;
    return packet;
  }

  /** Fills the target from `filled` on with what waits; gives how far it is filled then. */
  #take(target: Buffer, filled: number): number {
    let to = filled;
    for (;;) {
      const chunk = this.#chunks[this.#first];
      if (chunk === undefined || to === target.length) return to;
      const copied = chunk.copy(target, to, this.#at);
      to += copied;
      this.#waitingBytes -= copied;
      this.#advanceTo(this.#at + copied, chunk);
    }
  }

  #advanceTo(at: number, chunk: Buffer): void {
    this.#at = at;
    if (at < chunk.length) return;
    this.#at = 0;
    this.#chunks[this.#first++] = READ;
    if (this.#first === this.#chunks.length) {
      this.#chunks = [];
      this.#first = 0;
    } else if (this.#first >= COMPACT_AFTER) {
      this.#chunks = this.#chunks.slice(this.#first);
      this.#first = 0;
    }
  }
}

/** Stands in the list for a chunk that was read, whose memory is free. */
const READ = Buffer.alloc(0);
/** Such places are taken out of the list so many at once. */
const COMPACT_AFTER = 64;
