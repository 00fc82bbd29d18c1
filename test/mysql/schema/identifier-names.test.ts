import { expect, test } from 'vitest';
import { constantName, interfaceName, uniqueName } from '../../../src/mysql/schema/identifier-names.ts';

test.each([
  ['orders', 'Order', 'orders'],
  ['order_items', 'OrderItem', 'orderItems'],
  ['categories', 'Category', 'categories'],
  ['addresses', 'Address', 'addresses'],
  ['order_statuses', 'OrderStatus', 'orderStatuses'],
  ['boxes', 'Box', 'boxes'],
  ['houses', 'House', 'houses'],
  ['news', 'News', 'news'],
  ['people', 'Person', 'people'],
  ['status', 'Status', 'status'],
  ['keys', 'Key', 'keys'],
  ['UserAccounts', 'UserAccount', 'userAccounts'],
  ['user-data', 'UserData', 'userData'],
  ['2024_sales', 'Table2024Sale', 'table2024Sales'],
  ['delete', 'Delete', 'deleteTable'],
  ['größen', 'Größen', 'größen'],
  ['--', 'Table', 'table'],
])('%s is the interface %s and the constant %s', (table, row, constant) => {
  expect(interfaceName(table)).toBe(row);
  expect(constantName(table)).toBe(constant);
});

test('a name that is taken gets the next number', () => {
  const taken = new Set<string>();

  expect([uniqueName('Order', taken), uniqueName('Order', taken), uniqueName('Order', taken)]).toEqual([
    'Order',
    'Order2',
    'Order3',
  ]);
});
