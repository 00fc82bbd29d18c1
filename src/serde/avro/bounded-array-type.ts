import { ArrayType, type Resolver, type Tap } from './extensible-types.ts';
import { readBlocks } from './bounded-blocks.ts';

/** Avro's `array`, read no further than its bytes go. */
export class BoundedArrayType extends ArrayType {
  override _read(this: { readonly itemsType: Resolver }, tap: Tap): unknown[] {
    const { itemsType } = this;
    const items: unknown[] = [];
    readBlocks(tap, () => {
      items.push(itemsType._read(tap));
    });
    return items;
  }

  override _skip(tap: Tap): void {
    readBlocks(tap, () => this.itemsType._skip(tap));
  }
}
