// Written by "millrace mysql pull": pull again after a change of the schema instead of editing.
import { mysqlTable } from 'millrace';

/** A row of `shop.order_items`. */
export interface OrderItem {
  /** An exact integer. */
  readonly order_id: string;
  readonly line: number;
  readonly product: string;
}

/** The key of a `OrderItem`. */
export interface OrderItemKey {
  readonly order_id: string;
  readonly line: number;
}

export const orderItems = mysqlTable<OrderItemKey, OrderItem>({
  database: 'shop',
  table: 'order_items',
  topicPrefix: 'mysql',
  primaryKey: ['order_id', 'line'],
  bigint: 'string',
  columns: {
    order_id: 'bigint not null',
    line: 'int not null',
    product: 'varchar not null',
  },
});

/** A row of `shop.orders`. */
export interface Order {
  /** An exact integer. */
  readonly id: string;
  readonly customer_id: number;
  readonly status: 'new' | 'paid';
  /** An exact decimal number. */
  readonly amount: string | null;
  readonly note: string | null;
}

/** The key of a `Order`. */
export type OrderKey = string;

export const orders = mysqlTable<OrderKey, Order>({
  database: 'shop',
  table: 'orders',
  topicPrefix: 'mysql',
  primaryKey: ['id'],
  bigint: 'string',
  columns: {
    id: 'bigint not null',
    customer_id: 'int not null',
    status: 'enum not null',
    amount: 'decimal',
    note: 'text',
  },
});
