import type { Connection, RowDataPacket } from 'mysql2/promise';
import { MillraceError } from '../../src/core/millrace-error.ts';
import { loadShop, type ShopSize } from './shop-loader.ts';

/** Which database the demo makes. */
export interface ShopDatabaseOptions {
  /** To the server, in no database; afterwards in the shop's. */
  readonly connection: Connection;
  readonly name: string;
  readonly seed: number;
  readonly size?: ShopSize;
}

// The table that tells a database made by the demo from one that somebody else needs.
const marker = 'millrace_demo';

/**
 * Makes the shop's database and loads it, unless that was done before. Resolves with whether it loaded. A load that was
 * cut short is done again. Throws DEMO_DATABASE_TAKEN where a database of that name is not the demo's.
 */
export async function openShopDatabase(options: ShopDatabaseOptions): Promise<boolean> {
  const { connection, name, seed, size } = options;
  const state = await stateOf(connection, name);
  if (state === 'loaded') {
    await connection.changeUser({ database: name });
    return false;
  }
  if (state === 'half-loaded') await connection.query('DROP DATABASE ??', [name]);
  await connection.query('CREATE DATABASE ??', [name]);
  await connection.changeUser({ database: name });
  await connection.query(`CREATE TABLE ${marker} (loaded boolean NOT NULL)`);
  await loadShop({ connection, seed, ...(size && { size }) });
  await connection.query(`INSERT INTO ${marker} VALUES (TRUE)`);
  return true;
}

/** Drops the shop's database where there is one. Throws DEMO_DATABASE_TAKEN where it is not the demo's. */
export async function dropShopDatabase(connection: Connection, name: string): Promise<void> {
  if ((await stateOf(connection, name)) !== 'absent') await connection.query('DROP DATABASE ??', [name]);
}

async function stateOf(connection: Connection, name: string): Promise<'absent' | 'half-loaded' | 'loaded'> {
  const tables = await connection.query<RowDataPacket[]>(
    'SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?',
    [name],
  );
  const names = tables[0].map((row) => String(row['name']));
  if (names.includes(marker)) {
    const [rows] = await connection.query<RowDataPacket[]>(`SELECT loaded FROM ??.${marker}`, [name]);
    return rows.length > 0 ? 'loaded' : 'half-loaded';
  }
  const [databases] = await connection.query<RowDataPacket[]>(
    'SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?',
    [name],
  );
  if (databases.length === 0) return 'absent';
  // Nothing in it: a first start that was cut short, and nothing to lose.
  if (names.length === 0) return 'half-loaded';
  throw new MillraceError(
    'DEMO_DATABASE_TAKEN',
    `Expected the database to be the demo's own, got one without "${marker}"`,
    {
      context: { database: name },
    },
  );
}
