import { randomBytes } from 'node:crypto';
import type { Connection, RowDataPacket } from 'mysql2/promise';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { dropShopDatabase, openShopDatabase } from '../../../scripts/demo/shop-database.ts';
import { connectTo } from '../../support/mysql.ts';

const size = { customers: 3, products: 3, orders: 3 };

let connection: Connection;
let name: string;

beforeEach(async () => {
  connection = await connectTo(inject('mysqlUrl'));
  name = `millrace_test_${randomBytes(6).toString('hex')}`;
});
afterEach(async () => {
  await connection.query(`DROP DATABASE IF EXISTS ${name}`);
  await connection.end();
});

async function countCustomers(): Promise<unknown> {
  const [rows] = await connection.query<RowDataPacket[]>(`SELECT COUNT(*) AS count FROM ${name}.customers`);
  return rows[0]?.['count'];
}

describe('openShopDatabase', () => {
  it('loads the shop once, and goes on with it afterwards', async () => {
    expect(await openShopDatabase({ connection, name, seed: 1, size })).toBe(true);
    await connection.query('DELETE FROM customers WHERE id = 1');

    expect(await openShopDatabase({ connection, name, seed: 1, size })).toBe(false);
    expect(await countCustomers()).toBe(2);
  });

  it('loads it again when a load was cut short', async () => {
    await openShopDatabase({ connection, name, seed: 1, size });
    await connection.query('DELETE FROM millrace_demo');
    await connection.query('DELETE FROM customers WHERE id = 1');

    expect(await openShopDatabase({ connection, name, seed: 1, size })).toBe(true);
    expect(await countCustomers()).toBe(3);
  });

  it("leaves somebody else's database alone", async () => {
    await connection.query(`CREATE DATABASE ${name}`);
    await connection.query(`CREATE TABLE ${name}.customers (id int PRIMARY KEY)`);

    await expect(openShopDatabase({ connection, name, seed: 1, size })).rejects.toMatchObject({
      code: 'DEMO_DATABASE_TAKEN',
    });
    await expect(dropShopDatabase(connection, name)).rejects.toMatchObject({ code: 'DEMO_DATABASE_TAKEN' });
    expect(await countCustomers()).toBe(0);
  });
});

describe('dropShopDatabase', () => {
  it('drops what the demo made, and does nothing where there is nothing', async () => {
    await openShopDatabase({ connection, name, seed: 1, size });

    await dropShopDatabase(connection, name);
    await dropShopDatabase(connection, name);

    const [rows] = await connection.query('SHOW DATABASES LIKE ?', [name]);
    expect(rows).toEqual([]);
  });
});
