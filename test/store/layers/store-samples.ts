import type { Serde } from '../../../src/serde/serde.ts';
import type { StoreCursor, StoreSpec } from '../../../src/store/store.ts';

/** Every character below 0x100 is one byte, so that any bytes can be written as a string. */
export const latin1Serde: Serde<string> = {
  name: 'latin1',
  serialize: (value) => Buffer.from(value, 'latin1'),
  deserialize: (bytes) => bytes.toString('latin1'),
};

export const utf8Serde: Serde<string> = {
  name: 'utf8',
  serialize: (value) => Buffer.from(value, 'utf8'),
  deserialize: (bytes) => bytes.toString('utf8'),
};

export function storeSpec(overrides: Partial<StoreSpec<string, string>> = {}): StoreSpec<string, string> {
  return {
    kind: 'key-value',
    name: 'orders-by-city',
    keySerde: latin1Serde,
    valueSerde: utf8Serde,
    storage: 'persistent',
    scans: true,
    logged: true,
    ...overrides,
  };
}

export interface PlainEntry {
  readonly key: string;
  readonly value: string;
  readonly timestamp: number;
}

export async function readAll(cursor: StoreCursor<string, string>): Promise<PlainEntry[]> {
  const entries: PlainEntry[] = [];
  for (let batch = await cursor.next(); batch.length > 0; batch = await cursor.next()) {
    for (const { key, datum, timestamp } of batch) entries.push({ key: key.value, value: datum.value, timestamp });
  }
  await cursor.close();
  return entries;
}
