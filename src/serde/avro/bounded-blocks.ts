import type { Tap } from './extensible-types.ts';
import { unreadable } from './misfit.ts';

/** How many items without any bytes (nulls, empty records) one block may have. */
const MOST_EMPTY_ITEMS = 1_000_000;

/**
 * Goes through the blocks of an array or a map, calling `item` for each. Ends with an error where the bytes end before the
 * blocks do, and where a count cannot be true: avsc itself goes on to the count, however wrong it is.
 */
export function readBlocks(tap: Tap, item: (tap: Tap) => void): void {
  const { length } = tap.buf;
  for (let count = tap.readLong(); count !== 0; count = tap.readLong()) {
    let left = count;
    if (count < 0) {
      left = -count;
      tap.readLong();
    }
    const start = tap.pos;
    for (let index = 0; index < left; index++) {
      item(tap);
      if (tap.pos > length) throw unreadable('bytes that end in the middle of a value');
      if (index === MOST_EMPTY_ITEMS && tap.pos === start) throw unreadable('an array or a map too long to be true');
    }
    if (tap.pos > length) throw unreadable('bytes that end in the middle of a value');
  }
}
