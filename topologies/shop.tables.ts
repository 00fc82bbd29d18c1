// Written by "millrace mysql pull": pull again after a change of the schema instead of editing.
import { mysqlTable } from 'millrace';

/** A row of `shop.customers`. */
export interface Customer {
  readonly id: number;
  readonly name: string;
  readonly email: string;
  readonly country: string;
  /** A date and time without a zone: `2024-02-29T12:34:56`. */
  readonly created_at: string;
}

/** The key of a `Customer`. */
export type CustomerKey = number;

export const customers = mysqlTable<CustomerKey, Customer>({
  database: 'shop',
  table: 'customers',
  topicPrefix: 'mysql',
  primaryKey: ['id'],
  bigint: 'error',
  columns: {
    id: 'int not null',
    name: 'varchar not null',
    email: 'varchar not null',
    country: 'char not null',
    created_at: 'datetime not null',
  },
});

/** A row of `shop.order_items`. */
export interface OrderItem {
  readonly order_id: number;
  readonly line: number;
  readonly product_id: number;
  readonly quantity: number;
  /** An exact decimal number. */
  readonly price: string;
}

/** The key of a `OrderItem`. */
export interface OrderItemKey {
  readonly order_id: number;
  readonly line: number;
}

export const orderItems = mysqlTable<OrderItemKey, OrderItem>({
  database: 'shop',
  table: 'order_items',
  topicPrefix: 'mysql',
  primaryKey: ['order_id', 'line'],
  bigint: 'error',
  columns: {
    order_id: 'bigint not null',
    line: 'int not null',
    product_id: 'int not null',
    quantity: 'int not null',
    price: 'decimal not null',
  },
});

/** A row of `shop.orders`. */
export interface Order {
  readonly id: number;
  readonly customer_id: number | null;
  readonly product_id: number | null;
  readonly status: 'new' | 'paid' | 'shipped' | 'cancelled';
  readonly quantity: number;
  /** An exact decimal number. */
  readonly amount: string;
  /** A date and time in UTC: `2024-02-29T12:34:56Z`. */
  readonly placed_at: string;
}

/** The key of a `Order`. */
export type OrderKey = number;

export const orders = mysqlTable<OrderKey, Order>({
  database: 'shop',
  table: 'orders',
  topicPrefix: 'mysql',
  primaryKey: ['id'],
  bigint: 'error',
  columns: {
    id: 'bigint not null',
    customer_id: 'int',
    product_id: 'int',
    status: 'enum not null',
    quantity: 'int not null',
    amount: 'decimal not null',
    placed_at: 'timestamp not null',
  },
});

/** A row of `shop.products`. */
export interface Product {
  readonly id: number;
  readonly name: string;
  readonly category: string;
  /** An exact decimal number. */
  readonly price: string;
}

/** The key of a `Product`. */
export type ProductKey = number;

export const products = mysqlTable<ProductKey, Product>({
  database: 'shop',
  table: 'products',
  topicPrefix: 'mysql',
  primaryKey: ['id'],
  bigint: 'error',
  columns: {
    id: 'int not null',
    name: 'varchar not null',
    category: 'varchar not null',
    price: 'decimal not null',
  },
});
