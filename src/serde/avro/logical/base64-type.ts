import { type InternalType, LogicalType } from '../extensible-types.ts';

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** `base64` on bytes, which readers that do not know it see: text in base64, as rows of MySQL tables have bytes. */
export class Base64Type extends LogicalType {
  override _fromValue(value: unknown): string {
    return (value as Buffer).toString('base64');
  }

  override _toValue(value: unknown): Buffer | undefined {
    return typeof value === 'string' && BASE64.test(value) ? Buffer.from(value, 'base64') : undefined;
  }

  override _resolve(writer: InternalType): ((value: unknown) => unknown) | undefined {
    if (writer.typeName === this.typeName) return (value) => value;
    return writer.typeName === 'bytes' ? (value) => this._fromValue(value) : undefined;
  }
}
