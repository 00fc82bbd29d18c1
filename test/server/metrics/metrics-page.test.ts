import { expect, test } from 'vitest';
import { MetricsPage } from '../../../src/server/metrics/metrics-page.ts';

test('a page has help and type once, labels escaped, and nothing of what has no value', () => {
  const page = new MetricsPage();
  page.add('millrace_mysql_rows_total', 3, { table: 'a"b\\c\nd', op: 'insert' });
  page.add('millrace_mysql_rows_total', 4, { table: 'other', op: 'insert' });
  page.add('millrace_mysql_source_lag_bytes', null);
  page.add('millrace_mysql_source_purge_hours', Infinity);

  expect(page.toString()).toBe(
    [
      '# HELP millrace_mysql_source_purge_hours Hours until the server may delete binlog that is still needed; absent when it deletes none by itself.',
      '# TYPE millrace_mysql_source_purge_hours gauge',
      'millrace_mysql_source_purge_hours +Inf',
      '# HELP millrace_mysql_rows_total Rows that the stream has written.',
      '# TYPE millrace_mysql_rows_total counter',
      'millrace_mysql_rows_total{table="a\\"b\\\\c\\nd",op="insert"} 3',
      'millrace_mysql_rows_total{table="other",op="insert"} 4',
      '',
    ].join('\n'),
  );
});

test('what was measured is a count, a sum in seconds and a maximum', () => {
  const page = new MetricsPage();
  page.addMeasured('millrace_thread_commit_seconds', { count: 2, totalMs: 30, maxMs: 20 }, { thread: 0 });

  const lines = page.toString().split('\n');
  expect(lines.filter((line) => !line.startsWith('#'))).toEqual([
    'millrace_thread_commit_seconds_count{thread="0"} 2',
    'millrace_thread_commit_seconds_sum{thread="0"} 0.03',
    'millrace_thread_commit_seconds_max{thread="0"} 0.02',
    '',
  ]);
});
