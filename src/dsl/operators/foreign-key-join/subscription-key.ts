const LENGTH_BYTES = 4;
const NO_BYTES = Buffer.alloc(0);

/**
 * The keys of the subscription store: length of the foreign key (32 bits), foreign key, primary key. All subscriptions of
 * one foreign key begin alike and none of another does; among them the order is that of the primary keys' bytes.
 */
export function subscriptionKey(foreignKey: Buffer, primaryKey: Buffer): Buffer {
  const prefixLength = LENGTH_BYTES + foreignKey.length;
  const key = Buffer.allocUnsafe(prefixLength + primaryKey.length);
  key.writeUInt32BE(foreignKey.length, 0);
  foreignKey.copy(key, LENGTH_BYTES);
  primaryKey.copy(key, prefixLength);
  return key;
}

/** What all subscriptions of one foreign key begin with. */
export function subscriptionPrefix(foreignKey: Buffer): Buffer {
  return subscriptionKey(foreignKey, NO_BYTES);
}

const MARK = 0x80;

/**
 * The key of the mark that a foreign key has or had subscriptions: so that a change of a row that nobody subscribed to
 * costs one lookup instead of a scan. Its first bit is set, so it is among no foreign key's subscriptions.
 */
export function subscribersMarkKey(foreignKey: Buffer): Buffer {
  const key = subscriptionPrefix(foreignKey);
  key[0] = (key[0] as number) | MARK;
  return key;
}
