import type { ScanRange } from './engine.ts';

/** The range of all keys that start with this prefix; every key for an empty one. */
export function rangeOfPrefix(prefix: Buffer): ScanRange {
  let length = prefix.length;
  while (length > 0 && prefix[length - 1] === 0xff) length--;
  if (length === 0) return { from: prefix };
  const to = Buffer.from(prefix.subarray(0, length));
  to.writeUInt8((to[length - 1] as number) + 1, length - 1);
  return { from: prefix, to };
}

/** The range between two keys, both included; null leaves that end open. */
export function rangeBetween(from: Buffer | null, to: Buffer | null, reverse: boolean): ScanRange {
  return {
    ...(from === null ? {} : { from }),
    ...(to === null ? {} : { to: successor(to) }),
    reverse,
  };
}

/** The first key after this one. */
function successor(key: Buffer): Buffer {
  const next = Buffer.alloc(key.length + 1);
  key.copy(next);
  return next;
}
