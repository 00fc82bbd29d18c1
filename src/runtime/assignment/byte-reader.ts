import { MillraceError } from '../../core/millrace-error.ts';
import { VarintReader } from '../../core/varint.ts';

/** Reads what `ByteWriter` wrote. Throws GROUP_DATA where the bytes end too early. */
export class ByteReader {
  readonly #reader: VarintReader;

  constructor(bytes: Buffer) {
    this.#reader = new VarintReader(bytes, 0);
  }

  number(): number {
    this.#expect(1);
    const value = this.#reader.next();
    this.#expect(0);
    return value;
  }

  text(): string {
    const bytes = this.number();
    this.#expect(bytes);
    const { position } = this.#reader;
    this.#reader.position += bytes;
    return this.#reader.bytes.toString('utf8', position, position + bytes);
  }

  #expect(bytes: number): void {
    const { position, bytes: all } = this.#reader;
    if (position + bytes <= all.length) return;
    throw new MillraceError(
      'GROUP_DATA',
      `Expected ${bytes} more bytes of a member's data at ${position}, got ${all.length} in all`,
    );
  }
}
