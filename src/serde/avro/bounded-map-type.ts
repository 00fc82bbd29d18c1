import { MapType, type Resolver, type Tap } from './extensible-types.ts';
import { readBlocks } from './bounded-blocks.ts';

/** Avro's `map`, read no further than its bytes go, into a plain object in which `__proto__` is a key like others. */
export class BoundedMapType extends MapType {
  override _read(this: { readonly valuesType: Resolver }, tap: Tap): object {
    const { valuesType } = this;
    const entries: { [key: string]: unknown } = {};
    readBlocks(tap, () => {
      const key = tap.readString() as string;
      const value = valuesType._read(tap);
      if (key === '__proto__')
        Object.defineProperty(entries, key, { value, enumerable: true, configurable: true, writable: true });
      else entries[key] = value;
    });
    return entries;
  }

  override _skip(tap: Tap): void {
    readBlocks(tap, () => {
      tap.readString();
      this.valuesType._skip(tap);
    });
  }
}
