import { type InternalType, LogicalType } from '../extensible-types.ts';
import { schemaMisfit } from '../misfit.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const BYTES = 16;

/** Avro's `uuid` on string, or on fixed of 16 bytes: `550e8400-e29b-41d4-a716-446655440000`. */
export class UuidType extends LogicalType {
  readonly #isFixed: boolean;

  constructor(schema: object, options: object) {
    super(schema, options);
    const { type, size } = schema as { type?: unknown; size?: unknown };
    if (type === 'fixed' && size !== BYTES) throw schemaMisfit(`a uuid of ${String(size)} bytes`);
    this.#isFixed = type === 'fixed';
    Object.freeze(this);
  }

  override _fromValue(value: unknown): unknown {
    return this.#isFixed ? textOf(value as Buffer) : value;
  }

  override _toValue(value: unknown): string | Buffer | undefined {
    if (typeof value !== 'string' || !UUID.test(value)) return undefined;
    return this.#isFixed ? Buffer.from(value.replaceAll('-', ''), 'hex') : value;
  }

  override _resolve(writer: InternalType): ((value: unknown) => unknown) | undefined {
    if (writer instanceof UuidType) return (value) => value;
    return writer.typeName === this.underlyingType.typeName ? (value) => this._fromValue(value) : undefined;
  }
}

function textOf(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
