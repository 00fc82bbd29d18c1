/**
 * The keys of the subscription store: length of the foreign key (32 bits), foreign key, primary key. All subscriptions of
 * one foreign key begin alike and none of another does; among them the order is that of the primary keys' bytes.
 */
export function subscriptionKey(foreignKey: Buffer, primaryKey: Buffer): Buffer {
  return Buffer.concat([subscriptionPrefix(foreignKey), primaryKey]);
}

/** What all subscriptions of one foreign key begin with. */
export function subscriptionPrefix(foreignKey: Buffer): Buffer {
  const prefix = Buffer.allocUnsafe(4 + foreignKey.length);
  prefix.writeUInt32BE(foreignKey.length, 0);
  foreignKey.copy(prefix, 4);
  return prefix;
}
