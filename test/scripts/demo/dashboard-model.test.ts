import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { DashboardModel } from '../../../scripts/demo/dashboard-model.ts';
import { LineOutput } from '../../../scripts/demo/line-output.ts';
import type { DerivedRecord } from '../../../scripts/demo/topic-watcher.ts';

const noLag = { sourceMs: null, applications: [] };

function record(fields: Partial<DerivedRecord>): DerivedRecord {
  return { topic: 'shop.revenue-by-country', key: 'DE', value: null, timestamp: 0, isNew: true, ...fields };
}

class SteppedClock {
  nowMs = 1_000_000;
  now(): number {
    return this.nowMs;
  }
}

describe('DashboardModel', () => {
  it('fills the view from old and new records, and takes a tombstone out', () => {
    const clock = new SteppedClock();
    const model = new DashboardModel(clock, 'here');
    model.add(record({ key: 'NL', value: { orders: 1, cents: 995 }, isNew: false }));
    model.add(record({ key: 'DE', value: { orders: 2, cents: 123_450 } }));
    model.add(record({ key: 'FR', value: { orders: 1, cents: 1 } }));
    model.add(record({ key: 'FR', value: null }));

    expect(model.sample({ changes: 0, lag: noLag }).view.rows).toEqual([
      { cells: ['DE', '2', '1,234.50'], changed: true },
      { cells: ['NL', '1', '9.95'], changed: false },
      { cells: ['all', '3', '1,244.45'], changed: false },
    ]);
  });

  it('counts what a topic had before and what came since, and only the latter as a rate', () => {
    const clock = new SteppedClock();
    const model = new DashboardModel(clock, 'here');
    model.setTopics(new Map([['shop.paid-orders', 100]]));
    model.sample({ changes: 0, lag: noLag });

    clock.nowMs += 2000;
    for (let i = 0; i < 10; i++) model.add(record({ topic: 'shop.paid-orders', value: i }));
    model.add(record({ topic: 'shop.paid-orders', isNew: false }));
    const state = model.sample({ changes: 30, lag: noLag });

    expect(state).toMatchObject({ upMs: 2000, changes: 30, changesPerSecond: 15 });
    expect(state.topics).toMatchObject([{ name: 'shop.paid-orders', records: 110, recordsPerSecond: 5 }]);
  });

  it('forgets what was longer ago than the rates look back', () => {
    const clock = new SteppedClock();
    const model = new DashboardModel(clock, 'here');
    model.sample({ changes: 0, lag: noLag });
    clock.nowMs += 1000;
    model.sample({ changes: 1_000_000, lag: noLag });

    clock.nowMs += 5000;
    expect(model.sample({ changes: 1_000_050, lag: noLag }).changesPerSecond).toBe(10);
  });
});

describe('LineOutput', () => {
  it('writes two records of a topic a second at most, and says how many it left out', () => {
    const clock = new SteppedClock();
    const stream = new PassThrough();
    const output = new LineOutput(stream, clock);
    for (let key = 0; key < 25; key++) output.record(record({ key, value: key }));
    output.record(record({ topic: 'shop.paid-orders', key: 'other', value: 1 }));
    output.record(record({ key: 'old', isNew: false }));
    output.refresh(new DashboardModel(clock, 'here').sample({ changes: 0, lag: noLag }));

    clock.nowMs += 1000;
    output.record(record({ key: 'next', value: null }));

    const lines = String(stream.read()).split('\n');
    expect(lines.filter((line) => line.startsWith('shop.'))).toHaveLength(4);
    expect(lines[2]).toBe('shop.paid-orders  "other" → 1');
    expect(lines[3]).toContain('23 records not shown');
    expect(lines[4]).toBe('shop.revenue-by-country  "next" ✕');
  });
});
