import { afterAll, beforeAll, beforeEach } from 'vitest';
import { EmbeddedBroker } from '../../../src/broker/embedded/embedded-broker.ts';
import type { Broker } from '../../../src/broker/port.ts';
import type { MySqlSource, MySqlSourceOptions } from '../../../src/mysql/source/mysql-source.ts';
import { createTestDatabase, type TestDatabase } from '../../support/mysql.ts';
import { createSource, waitUntilCaughtUp } from './capture.ts';

/** A database for the tests of a file, and a broker for each of them. */
export interface CaptureFixture {
  readonly broker: Broker;
  readonly database: TestDatabase;
  /** A source of these tables that has caught up. */
  capture(tables: readonly string[], options?: Partial<MySqlSourceOptions>): Promise<MySqlSource>;
  caughtUp(source: MySqlSource): Promise<void>;
  sql(text: string): Promise<unknown>;
  /** The topic of a table. */
  topic(table: string): string;
}

/** Sets the fixture up for the tests of the file that calls this. */
export function useCaptureFixture(): CaptureFixture {
  let database: TestDatabase;
  let broker: Broker;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database[Symbol.asyncDispose]());
  beforeEach(async () => {
    broker = await EmbeddedBroker.inMemory();
    return () => broker.close();
  });
  const caughtUp = (source: MySqlSource) => waitUntilCaughtUp(source, broker, { url: database.url });
  return {
    get broker() {
      return broker;
    },
    get database() {
      return database;
    },
    async capture(tables, options = {}) {
      const names = tables.map((table) => ({ database: database.name, table }));
      const source = createSource({ broker, url: database.url, tables: names, ...options });
      await source.start();
      await caughtUp(source);
      return source;
    },
    caughtUp,
    sql: (text) => database.connection.query(text),
    topic: (table) => `my.${database.name}.${table}`,
  };
}
