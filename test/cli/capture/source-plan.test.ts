import { mysqlTable, topology } from 'millrace';
import { expect, test } from 'vitest';
import { sourcePlan } from '../../../src/cli/capture/source-plan.ts';
import type { Topology } from '../../../src/topology/topology.ts';

const mysql = { mysqlUrl: 'mysql://root@localhost' };

function descriptorOf(table: string, topicPrefix = 'mysql') {
  return mysqlTable<number, object>({
    database: 'shop',
    table,
    topicPrefix,
    primaryKey: ['id'],
    bigint: 'error',
    columns: {},
  });
}

function reading(table: string, topicPrefix = 'mysql'): Topology {
  const descriptor = descriptorOf(table, topicPrefix);
  return topology(`read-${topicPrefix}-${table}`, (builder) => builder.mysqlTable(descriptor).toStream().to('out'));
}

test('a table that several topologies read is captured once', () => {
  const plan = sourcePlan({ topologies: [reading('orders'), reading('customers'), reading('orders')], mysql });

  expect(plan?.tables.map(({ table }) => table)).toEqual(['orders', 'customers']);
  expect(plan).toMatchObject({ url: 'mysql://root@localhost', topicPrefix: 'mysql', bigint: 'error', resnapshot: [] });
});

test('without MySQL tables there is no source, and none is asked for', () => {
  expect(sourcePlan({ topologies: [topology('plain', (builder) => builder.stream('a').to('b'))] })).toBe(null);
});

test('tables that one source cannot capture together are refused', () => {
  expect(() => sourcePlan({ topologies: [reading('orders'), reading('orders', 'other')], mysql })).toThrow(
    'Expected all MySQL tables of one process to have the same topicPrefix and bigint, got others for shop.orders',
  );
});

test('a table to snapshot anew must be one that is captured', () => {
  const topologies = [reading('orders')];

  expect(sourcePlan({ topologies, mysql, resnapshot: ['shop.orders'] })?.resnapshot).toMatchObject([
    { table: 'orders' },
  ]);
  expect(() => sourcePlan({ topologies, mysql, resnapshot: ['shop.order'] })).toThrow(
    'Expected an existing table of the topologies, got `shop.order`: did you mean `shop.orders`?',
  );
});

test('`all` stands for every table to snapshot anew', () => {
  const topologies = [reading('orders'), reading('customers')];

  expect(sourcePlan({ topologies, mysql, resnapshot: ['all'] })?.resnapshot?.map(({ table }) => table)).toEqual([
    'orders',
    'customers',
  ]);
});

test('tables that are read as streams are snapshotted after those read as tables, whoever reads them first', () => {
  const changes = topology('changes', (builder) => builder.mysqlStream(descriptorOf('items')).to('out'));
  const joined = topology('joined', (builder) => {
    builder.mysqlStream(descriptorOf('orders')).to('out');
    builder.mysqlTable(descriptorOf('products')).toStream().to('out');
  });

  const plan = sourcePlan({ topologies: [changes, joined, reading('orders')], mysql });

  expect(plan?.tables.map(({ table }) => table)).toEqual(['products', 'orders', 'items']);
});
