import { describe, expect, it } from 'vitest';
import type { DashboardState } from '../../../scripts/demo/dashboard-state.ts';
import { renderDashboard } from '../../../scripts/demo/render-dashboard.ts';
import type { DerivedRecord } from '../../../scripts/demo/topic-watcher.ts';

const paid: DerivedRecord = {
  topic: 'shop.paid-orders',
  key: 7,
  value: { id: 7, amount: '12.50' },
  timestamp: 0,
  isNew: true,
};

const state: DashboardState = {
  server: 'mysql://root@127.0.0.1:3306/shop',
  upMs: 3_723_000,
  changes: 1234,
  changesPerSecond: 50.04,
  lag: { sourceMs: 12.4, applications: [{ name: 'route-orders', records: 1500 }] },
  topics: [
    { name: 'shop.paid-orders', records: 10_500, recordsPerSecond: 3.25, last: paid },
    { name: 'shop.sold-items', records: 0, recordsPerSecond: 0, last: null },
  ],
  view: {
    title: 'Revenue by country',
    header: ['country', 'orders', 'revenue'],
    rows: [
      { cells: ['DE', '12', '1,234.50'], changed: true },
      { cells: ['NL', '3', '99.00'], changed: false },
    ],
  },
  recent: [{ ...paid, key: 6, value: null }, paid],
};

describe('renderDashboard', () => {
  it('shows rates, lag, topics, the view and the latest records', () => {
    expect(renderDashboard(state, { width: 100, height: 30 })).toMatchInlineSnapshot(`
      "Millrace  mysql://root@127.0.0.1:3306/shop  up 01:02:03
      MySQL     1,234 row changes, 50.0/s
      lag: source 12 ms · route-orders 1,500

      Derived topics      records       /s  last record
      shop.paid-orders     10,500      3.3  7 → {"id":7,"amount":"12.50"}
      shop.sold-items           0      0.0

      Revenue by country
        country  orders   revenue
      • DE           12  1,234.50
        NL            3     99.00

      Latest records
        shop.paid-orders  6 ✕
        shop.paid-orders  7 → {"id":7,"amount":"12.50"}
      Ctrl-C stops; npm start goes on from here; npm start -- --reset starts over"
    `);
  });

  it('never makes more lines than there are, and keeps the line that says how to stop', () => {
    for (let height = 3; height < 30; height++) {
      const lines = renderDashboard(state, { width: 100, height }).split('\n');
      expect(lines.length).toBeLessThanOrEqual(height);
      expect(lines.at(-1)).toContain('Ctrl-C stops');
    }
  });

  it('cuts lines that are wider than the terminal, and lets no record move the cursor', () => {
    const recent = [{ ...paid, value: `\u001B[2J${'ö'.repeat(200)}\n` }];

    const lines = renderDashboard({ ...state, recent }, { width: 40, height: 30 }).split('\n');

    expect(Math.max(...lines.map((line) => line.length))).toBe(40);
    expect(lines.join('')).not.toMatch(/\p{Cc}/u);
  });

  it('leaves topics out rather than the view where there is no room for all, and says so', () => {
    const topics = Array.from({ length: 11 }, (_, number) => ({ ...state.topics[1], name: `shop.topic-${number}` }));
    const lines = renderDashboard({ ...state, topics } as DashboardState, { width: 100, height: 15 }).split('\n');

    expect(lines.filter((line) => line.startsWith('shop.topic-'))).toHaveLength(3);
    expect(lines).toContain('and 8 more');
    expect(lines.at(-2)).toContain('NL');
  });

  it('names the topologies that are behind, and counts the others', () => {
    const applications = [0, 1500, 0].map((records, number) => ({ name: `topology-${number}`, records }));
    const text = renderDashboard({ ...state, lag: { sourceMs: 5, applications } }, { width: 100, height: 30 });

    expect(text).toContain('lag: source 5 ms · 2 topologies none · topology-1 1,500\n');
  });

  it('says that the view has nothing yet and that the lag is not known', () => {
    const empty: DashboardState = {
      ...state,
      view: { ...state.view, rows: [] },
      lag: { sourceMs: null, applications: [] },
    };

    const text = renderDashboard(empty, { width: 100, height: 30 });

    expect(text).toContain('Revenue by country: nothing yet');
    expect(text).toContain('lag: source –\n');
  });
});
