import type { Connection } from 'mysql2/promise';
import type { TextRecord } from './capture.ts';

/** A table for random writes: `id` is the key, `n` changes with every write. */
export async function createLedger(connection: Connection, table: string, rows: number): Promise<void> {
  await connection.query(`CREATE TABLE ${table} (id INT PRIMARY KEY, n BIGINT NOT NULL, note VARCHAR(40))`);
  for (let first = 0; first < rows; first += 1000) {
    const values = Array.from(
      { length: Math.min(1000, rows - first) },
      (_, index) => `(${first + index}, 0, REPEAT('s', 30))`,
    );
    await connection.query(`INSERT INTO ${table} VALUES ${values.join(',')}`);
  }
}

/** The rows of the table as the records of its topic must be, by key. */
export async function ledgerRows(connection: Connection, table: string): Promise<Map<string, string>> {
  const [rows] = (await connection.query(`SELECT id, n, note FROM ${table}`)) as unknown as [
    { id: number; n: number; note: string }[],
  ];
  return new Map(rows.map((row) => [String(row.id), JSON.stringify(row)]));
}

/** Writers that run at once; `run` waits until each has made so many more transactions since the start. */
export interface Writers {
  run(transactions: number): Promise<void>;
}

/** Starts writers that insert, update, delete and move rows at random, in transactions of one to four statements. */
export function runWriters(options: {
  connect(): Promise<Connection>;
  table: string;
  writers: number;
  seed: number;
}): Writers {
  let limit = Infinity;
  let total = 0;
  const all = Array.from({ length: options.writers }, async (_, writer) => {
    const connection = await options.connect();
    const random = randomNumbers(options.seed + writer);
    let done = 0;
    try {
      for (; done < limit; done++) {
        await transact(connection, options.table, random);
        total++;
      }
    } finally {
      await connection.end();
    }
  });
  return {
    async run(transactions) {
      limit = Math.ceil(total / options.writers) + transactions;
      await Promise.all(all);
    },
  };
}

/** Streamed records that are there twice: the same transaction giving the same row, which no transaction of the writers does. */
export function doubledUpdates(records: readonly TextRecord[]): string[] {
  const seen = new Set<string>();
  return records
    .filter(({ headers }) => headers.op === 'u')
    .map(({ key, value, headers }) => `${headers.gtid} ${key} ${value}`)
    .filter((record) => {
      if (!seen.has(record)) return !seen.add(record);
      return true;
    });
}

const KEYS = 6000;

async function transact(connection: Connection, table: string, random: () => number): Promise<void> {
  const key = () => Math.floor(random() * KEYS);
  const statements = Array.from({ length: 1 + Math.floor(random() * 4) }, () => {
    const choice = random();
    if (choice < 0.3) return `INSERT INTO ${table} VALUES (${key()}, ${key()}, 'ü') ON DUPLICATE KEY UPDATE n = n + 1`;
    if (choice < 0.6) return `UPDATE ${table} SET n = n + 1 WHERE id BETWEEN ${key()} AND ${key()} LIMIT 20`;
    if (choice < 0.8) return `DELETE FROM ${table} WHERE id = ${key()}`;
    return `UPDATE IGNORE ${table} SET id = ${key()} WHERE id = ${key()}`;
  });
  try {
    await connection.query(`BEGIN; ${statements.join('; ')}; ${random() < 0.1 ? 'ROLLBACK' : 'COMMIT'}`);
  } catch {
    // A deadlock: what the server rolled back is not in the binlog either.
    await connection.query('ROLLBACK');
  }
}

/** Numbers from 0 to 1 that follow from the seed (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
