import { type InternalType, LogicalType } from '../extensible-types.ts';
import { unreadable } from '../misfit.ts';

/** A logical type whose values are strings and whose bytes are an int or a long; unsafe longs are bigints. */
export abstract class IntegerBasedType extends LogicalType {
  protected abstract format(value: number | bigint): string | undefined;
  protected abstract parse(text: string): number | bigint | undefined;

  override _fromValue(value: unknown): unknown {
    const text = this.format(value as number | bigint);
    if (text === undefined)
      throw unreadable(`a ${this.typeName.slice('logical:'.length)} that the calendar does not have`);
    return text;
  }

  override _toValue(value: unknown): number | bigint | undefined {
    return typeof value === 'string' ? this.parse(value) : undefined;
  }

  override _resolve(writer: InternalType): ((value: unknown) => unknown) | undefined {
    // Of the same logical type: it is a string already. Of a plain integer it becomes one.
    if (writer.typeName === this.typeName) return (value) => value;
    const fits = writer.typeName === 'int' || writer.typeName === this.underlyingType.typeName;
    return fits ? (value) => this._fromValue(value) : undefined;
  }
}
