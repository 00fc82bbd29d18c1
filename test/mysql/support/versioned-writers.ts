import type { Connection } from 'mysql2/promise';
import type { TextRecord } from './capture.ts';

/** The tables that writers write to. Each write of a row adds one to its `n`, so that a topic shows what is missing. */
export const VERSIONED_TABLES = ['by_number', 'by_text', 'by_time'] as const;

const CREATE = `
  CREATE TABLE by_number (id INT PRIMARY KEY, n INT NOT NULL, filler VARCHAR(60));
  CREATE TABLE by_text (region VARCHAR(8) COLLATE utf8mb4_0900_ai_ci, name VARCHAR(12) CHARACTER SET latin1, n INT NOT NULL,
    PRIMARY KEY (region, name));
  CREATE TABLE by_time (at DATETIME(3), part DECIMAL(6,2), n INT NOT NULL, PRIMARY KEY (at, part))`;

const KEYS = 3000;

/** Makes the tables, with rows in them. */
export async function createVersionedTables(connection: Connection): Promise<void> {
  await connection.query(CREATE);
  const ids = Array.from({ length: KEYS }, (_, id) => id).filter((id) => id % 3 !== 0);
  for (const table of VERSIONED_TABLES) {
    for (let first = 0; first < ids.length; first += 500) {
      const rows = ids.slice(first, first + 500).map((id) => insertedRow(table, id));
      await connection.query(`INSERT INTO ${table} VALUES ${rows.join(', ')}`);
    }
  }
}

/** Writers that run until they are stopped, and can be held for a while. */
export interface VersionedWriters {
  /** Resolves when no write is under way. */
  hold(): Promise<void>;
  release(): void;
  stop(): Promise<void>;
  /** Transactions made so far. */
  transactions(): number;
}

/** Starts writers that insert, update, delete and move single rows at random, one to three in a transaction. */
export async function runVersionedWriters(
  connect: () => Promise<Connection>,
  writers: number,
): Promise<VersionedWriters> {
  const connections = await Promise.all(Array.from({ length: writers }, connect));
  let isStopped = false;
  let gate: Promise<void> = Promise.resolve();
  let open = (): void => undefined;
  let busy = 0;
  let transactions = 0;
  let onIdle = (): void => undefined;
  const all = connections.map(async (connection) => {
    while (!isStopped) {
      await gate;
      busy++;
      await transact(connection);
      transactions++;
      if (--busy === 0) onIdle();
    }
    await connection.end();
  });
  const release = (): void => open();
  return {
    async hold() {
      gate = new Promise((resolve) => (open = resolve));
      if (busy > 0) await new Promise<void>((resolve) => (onIdle = resolve));
    },
    release,
    async stop() {
      isStopped = true;
      release();
      await Promise.all(all);
    },
    transactions: () => transactions,
  };
}

/** The rows of a table as the values of its topic must be, in order. */
export async function versionedRows(connection: Connection, table: string): Promise<string[]> {
  const [rows] = await connection.query({ sql: `SELECT * FROM ${table}`, dateStrings: true });
  const toValue = (name: string, value: unknown): unknown => (name === 'at' ? String(value).replace(' ', 'T') : value);
  return (rows as { [column: string]: unknown }[]).map((row) => JSON.stringify(row, toValue)).toSorted();
}

/** What is wrong with the records of a topic: a version left out, written twice, or gone back to. Empty when nothing is. */
export function versionFaults(records: readonly TextRecord[]): string[] {
  const versions = new Map<string | null, number>();
  const gone = new Set<string | null>();
  const ids = new Set<string>();
  const faults: string[] = [];
  for (const { key, value, headers } of records) {
    if (headers.op !== 'r' && ids.has(headers.id ?? '')) faults.push(`${headers.op} ${key}: twice ${headers.id}`);
    ids.add(headers.id ?? '');
    if (value === null) {
      versions.delete(key);
      gone.add(key);
      continue;
    }
    if (headers.op === 'r' && gone.has(key) && !versions.has(key)) faults.push(`r ${key}: after its end`);
    const { n } = JSON.parse(value) as { n: number };
    const before = versions.get(key);
    const expected = before === undefined || headers.op === 'r' ? before : before + 1;
    if (expected !== undefined && n !== expected) faults.push(`${headers.op} ${key}: ${n} after ${before}`);
    versions.set(key, n);
  }
  return faults;
}

async function transact(connection: Connection): Promise<void> {
  const statements = Array.from({ length: 1 + random(3) }, statement);
  try {
    await connection.query(`BEGIN; ${statements.join('; ')}; ${random(10) === 0 ? 'ROLLBACK' : 'COMMIT'}`);
  } catch {
    // A deadlock: what the server rolled back is not in the binlog either.
    await connection.query('ROLLBACK');
  }
}

function statement(): string {
  const table = VERSIONED_TABLES[random(VERSIONED_TABLES.length)] as (typeof VERSIONED_TABLES)[number];
  const choice = random(10);
  if (choice < 3)
    return `INSERT INTO ${table} VALUES ${insertedRow(table, random(KEYS))} ON DUPLICATE KEY UPDATE n = n + 1`;
  if (choice < 7) return `UPDATE ${table} SET n = n + 1 WHERE ${keyOf(table, random(KEYS))}`;
  if (choice < 9) return `DELETE FROM ${table} WHERE ${keyOf(table, random(KEYS))}`;
  return `UPDATE IGNORE ${table} SET ${keyOf(table, random(KEYS)).replace(' AND ', ', ')}, n = n + 1 WHERE ${keyOf(table, random(KEYS))}`;
}

/** Text keys differ in case and accent from write to write, and are the same key all the same. */
function columnsOf(table: (typeof VERSIONED_TABLES)[number], id: number): readonly (readonly [string, string])[] {
  switch (table) {
    case 'by_number':
      return [['id', String(id - KEYS / 2)]];
    case 'by_text': {
      const region = ['ab', 'Äb', 'ñ', ''][id % 4] as string;
      return [
        ['region', `'${random(2) === 0 ? region : region.toUpperCase()}'`],
        ['name', `'${id % 2 === 0 ? 'é' : 'Z'}${id}'`],
      ];
    }
    case 'by_time':
      return [
        ['at', `'20${String(10 + (id % 20))}-02-28 23:59:59.${String(id % 1000).padStart(3, '0')}'`],
        ['part', String((id % 7) - 3.25)],
      ];
  }
}

function keyOf(table: (typeof VERSIONED_TABLES)[number], id: number): string {
  return columnsOf(table, id)
    .map(([name, value]) => `${name} = ${value}`)
    .join(' AND ');
}

function insertedRow(table: (typeof VERSIONED_TABLES)[number], id: number): string {
  const cells = [...columnsOf(table, id).map(([, value]) => value), '1'];
  if (table === 'by_number') cells.push("REPEAT('f', 50)");
  return `(${cells.join(', ')})`;
}

function random(below: number): number {
  return Math.floor(Math.random() * below);
}
