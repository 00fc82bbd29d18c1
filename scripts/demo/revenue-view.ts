import type { DerivedRecord } from './topic-watcher.ts';

/** A line of the view: its key and its cells. */
export interface ViewRow {
  readonly cells: readonly string[];
  /** True for a while after it changed. */
  readonly changed: boolean;
}

/** A view as it is shown. */
export interface ViewTable {
  readonly title: string;
  readonly header: readonly string[];
  readonly rows: readonly ViewRow[];
}

const changedForMs = 1000;

/** Revenue by country, filled from its topic: the last value of each key, gone with its tombstone. */
export class RevenueView {
  static readonly topic = 'shop.revenue-by-country';
  readonly #rows = new Map<string, { readonly orders: number; readonly cents: number; readonly changedAtMs: number }>();

  /** Takes a record of the topic at a time in milliseconds; what is of another form is passed over. */
  apply({ key, value, isNew }: DerivedRecord, nowMs: number): void {
    if (value === null) this.#rows.delete(String(key));
    else if (isRevenue(value)) this.#rows.set(String(key), { ...value, changedAtMs: isNew ? nowMs : -Infinity });
  }

  /** The table at a time in milliseconds, by country, with the sum of all. */
  toTable(nowMs: number): ViewTable {
    const rows = [...this.#rows].toSorted(([a], [b]) => (a < b ? -1 : 1));
    const total = { orders: 0, cents: 0 };
    for (const [, row] of rows) {
      total.orders += row.orders;
      total.cents += row.cents;
    }
    return {
      title: 'Revenue by country',
      header: ['country', 'orders', 'revenue'],
      rows: [
        ...rows.map(([country, row]) => toRow(country, row, nowMs - row.changedAtMs < changedForMs)),
        ...(rows.length > 0 ? [toRow('all', total, false)] : []),
      ],
    };
  }
}

function toRow(country: string, { orders, cents }: { orders: number; cents: number }, changed: boolean): ViewRow {
  const revenue = (cents / 100).toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  return { cells: [country, orders.toLocaleString('en-US'), revenue], changed };
}

function isRevenue(value: unknown): value is { orders: number; cents: number } {
  return typeof value === 'object' && value !== null && 'orders' in value && 'cents' in value;
}
