import type { BigintReading } from '../../json-integers.ts';
import { json } from '../../json-serde.ts';
import { type InternalType, LogicalType } from '../extensible-types.ts';

/** `json` on string: the document that the text is, which may be null. Unsafe integers in it are read as longs are. */
export class JsonDocumentType extends LogicalType {
  readonly #bigint: BigintReading;

  constructor(schema: object, options: object) {
    super(schema, options);
    this.#bigint = (options as { readonly bigint?: BigintReading }).bigint ?? 'error';
  }

  override _fromValue(value: unknown): unknown {
    const text = value as string;
    if (text === undefined || text === 'null') return null;
    return json({ bigint: this.#bigint }).deserialize(Buffer.from(text));
  }

  override _toValue(value: unknown): string | undefined {
    return value === null ? 'null' : json({ bigint: this.#bigint }).serialize(value).toString();
  }

  override _resolve(writer: InternalType): ((value: unknown) => unknown) | undefined {
    if (writer.typeName === this.typeName) return (value) => value;
    return writer.typeName === 'string' ? (value) => this._fromValue(value) : undefined;
  }
}
