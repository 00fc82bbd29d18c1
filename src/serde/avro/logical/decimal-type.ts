import { MillraceError } from '../../../core/millrace-error.ts';
import type { BigintReading } from '../../json-integers.ts';
import { type InternalType, LogicalType } from '../extensible-types.ts';
import { schemaMisfit } from '../misfit.ts';

/** What the schema of a decimal says. */
interface DecimalSchema {
  readonly precision?: unknown;
  readonly scale?: unknown;
  readonly size?: number;
  /** That values are read as longs are: numbers where that is safe. Only without a scale. */
  readonly integer?: unknown;
}

const NUMBER = /^(-?)(\d+)(?:\.(\d+))?$/;

/**
 * Avro's `decimal` on bytes or fixed: exact digits as a string with as many of them behind the point as the scale says
 * (`-12.50`), as MySQL prints DECIMAL. Fewer fractional digits are filled up; more digits than the schema allows, and JavaScript
 * numbers, which would have been rounded before, do not fit.
 */
export class DecimalType extends LogicalType {
  readonly precision: number;
  readonly scale: number;
  readonly #size: number | null;
  /** How unsafe integers are read; null where values are text. */
  readonly #integers: BigintReading | null;

  constructor(schema: object, options: object) {
    super(schema, options);
    const { precision, scale = 0, size, integer } = schema as DecimalSchema;
    if (!isCount(precision) || precision < 1) throw schemaMisfit(`a decimal of precision ${String(precision)}`);
    if (!isCount(scale) || scale > precision) throw schemaMisfit(`a decimal(${precision}) of scale ${String(scale)}`);
    this.precision = precision;
    this.scale = scale;
    this.#size = size ?? null;
    const { bigint = 'error' } = options as { readonly bigint?: BigintReading };
    this.#integers = integer === true && scale === 0 ? bigint : null;
    Object.freeze(this);
  }

  override _fromValue(bytes: unknown): string | number | bigint {
    const unscaled = unscaledOf(bytes as Buffer);
    return this.#integers === null ? formatDecimal(unscaled, this.scale) : toInteger(unscaled, this.#integers);
  }

  override _toValue(value: unknown): Buffer | undefined {
    const text = this.#integers !== null && isInteger(value) ? String(value) : value;
    const unscaled = typeof text === 'string' ? this.#parse(text) : undefined;
    return unscaled === undefined ? undefined : bytesOf(unscaled, this.#size);
  }

  override _resolve(writer: InternalType): ((value: unknown) => unknown) | undefined {
    if (writer instanceof DecimalType) {
      // Another scale would be another number under the same digits.
      return writer.scale === this.scale && writer.precision <= this.precision ? identity : undefined;
    }
    return writer.typeName === 'bytes' || writer.typeName === 'fixed' ? (bytes) => this._fromValue(bytes) : undefined;
  }

  override _export(schema: { precision?: number; scale?: number }): void {
    schema.precision = this.precision;
    schema.scale = this.scale;
  }

  #parse(text: string): bigint | undefined {
    const [, sign, whole = '', fraction = ''] = NUMBER.exec(text) ?? [];
    if (sign === undefined || fraction.length > this.scale) return undefined;
    const digits = BigInt(whole + fraction.padEnd(this.scale, '0'));
    if (String(digits).length > this.precision) return undefined;
    return sign === '-' ? -digits : digits;
  }
}

function identity(value: unknown): unknown {
  return value;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isInteger(value: unknown): value is number | bigint {
  return typeof value === 'bigint' || Number.isSafeInteger(value);
}

function toInteger(value: bigint, reading: BigintReading): number | bigint | string {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  if (reading === 'error')
    throw new MillraceError('INTEGER_UNSAFE', 'Expected integers within ±(2^53 - 1), got a decimal outside');
  return reading === 'string' ? String(value) : value;
}

/** Two's complement, big-endian; no bytes are 0. */
function unscaledOf(bytes: Buffer): bigint {
  if (bytes.length === 0) return 0n;
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`));
}

/** In the fewest bytes, or sign-extended to `size`; undefined when it needs more. */
function bytesOf(unscaled: bigint, size: number | null): Buffer | undefined {
  const magnitude = unscaled < 0n ? -unscaled - 1n : unscaled;
  const needed = Math.floor(magnitude.toString(2).length / 8) + 1;
  const length = size ?? needed;
  if (needed > length) return undefined;
  const hex = BigInt.asUintN(length * 8, unscaled)
    .toString(16)
    .padStart(length * 2, '0');
  return Buffer.from(hex, 'hex');
}

function formatDecimal(unscaled: bigint, scale: number): string {
  const sign = unscaled < 0n ? '-' : '';
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  if (scale === 0) return sign + digits;
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}
