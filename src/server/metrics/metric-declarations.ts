/** A metric: all that its page and `docs/metrics.md` say of it. */
export interface MetricDeclaration {
  /** A `summary` has a count and a sum. */
  readonly kind: 'counter' | 'gauge' | 'summary';
  readonly help: string;
  /** The names of its labels. None ever has the value of a row. */
  readonly labels: readonly string[];
}

function counter(help: string, ...labels: string[]): MetricDeclaration {
  return { kind: 'counter', help, labels };
}

function gauge(help: string, ...labels: string[]): MetricDeclaration {
  return { kind: 'gauge', help, labels };
}

function summary(help: string, ...labels: string[]): MetricDeclaration {
  return { kind: 'summary', help, labels };
}

const THREAD = ['application', 'thread'];
const TASK = ['application', 'sub_topology', 'task'];
const PARTITION = [...TASK, 'topic', 'partition'];
const STORE = [...TASK, 'store'];

/** Every metric, by its name. */
export const metricDeclarations = Object.freeze({
  millrace_application_state: gauge('1 for the state that the application is in.', 'application', 'state'),
  millrace_application_records_processed_total: counter(
    'Records processed by this instance, those of tasks that have moved away included.',
    'application',
  ),
  millrace_application_records_emitted_total: counter('Records handed to sinks, likewise.', 'application'),
  millrace_application_records_dropped_total: counter(
    'Records dropped by the semantics of an operator or by an error policy, likewise.',
    'application',
    'reason',
  ),
  millrace_application_dead_letters_total: counter('Records sent to the dead letter topic, likewise.', 'application'),
  millrace_application_records_restored_total: counter('Records replayed from changelogs, likewise.', 'application'),
  millrace_application_commits_total: counter('Commits, likewise.', 'application'),
  millrace_application_rebalances_total: counter('Assignments of tasks that threads were given.', 'application'),
  millrace_application_failed_threads_total: counter('Threads that an error has ended.', 'application'),
  millrace_thread_state: gauge('1 for the state that the thread is in.', ...THREAD, 'state'),
  millrace_thread_process_seconds: summary('Turns in which records were processed.', ...THREAD),
  millrace_thread_process_seconds_max: gauge('The longest of the last minute.', ...THREAD),
  millrace_thread_poll_seconds: summary('Polls, the waiting for records included.', ...THREAD),
  millrace_thread_poll_seconds_max: gauge('The longest of the last minute.', ...THREAD),
  millrace_thread_commit_seconds: summary('Commits.', ...THREAD),
  millrace_thread_commit_seconds_max: gauge('The longest of the last minute.', ...THREAD),
  millrace_task_records_processed_total: counter('Records processed since the task came to its thread.', ...TASK),
  millrace_task_batches_total: counter('Batches of records fetched since then.', ...TASK),
  millrace_task_records_emitted_total: counter('Records handed to sinks since then.', ...TASK),
  millrace_task_records_dropped_total: counter('Records dropped since then.', ...TASK, 'reason'),
  millrace_task_dead_letters_total: counter('Records sent to the dead letter topic since then.', ...TASK),
  millrace_task_record_lateness_seconds: summary(
    'How old records were by their timestamps when they were processed: of each turn of the task the last one.',
    ...TASK,
  ),
  millrace_task_record_lateness_seconds_max: gauge('The most of the last minute.', ...TASK),
  millrace_task_lag_records: gauge(
    'Records up to the end of the partition, as far as it is known, that are not committed.',
    ...PARTITION,
  ),
  millrace_task_buffered_records: gauge('Records that are fetched and wait to be processed.', ...PARTITION),
  millrace_store_entries: gauge('Entries, where that is known without counting.', ...STORE),
  millrace_store_bytes: gauge('About the bytes on disk, where there are some.', ...STORE),
  millrace_store_buffered_bytes: gauge('About the bytes of changes that are not committed.', ...STORE),
  millrace_store_cache_bytes: gauge('About the bytes of entries in memory that are on disk too.', ...STORE),
  millrace_store_gets_total: counter('Lookups of a key.', ...STORE),
  millrace_store_engine_gets_total: counter(
    'Lookups that neither uncommitted changes nor the cache answered: 1 less their share is the hit ratio.',
    ...STORE,
  ),
  millrace_restore_records: gauge(
    'Records that were replayed of a store that is restored or followed.',
    'application',
    'task',
    'store',
    'role',
  ),
  millrace_restore_remaining_offsets: gauge(
    'Offsets of its changelog that are still to be replayed.',
    'application',
    'task',
    'store',
    'role',
  ),
  millrace_restore_eta_seconds: gauge(
    'The time that takes at the rate so far.',
    'application',
    'task',
    'store',
    'role',
  ),
  millrace_mysql_source_state: gauge(
    '1 for the state that the MySQL source is in; absent where none is here.',
    'state',
  ),
  millrace_mysql_source_lag_seconds: gauge('How old the newest transaction was when it was read; 0 when all is read.'),
  millrace_mysql_source_lag_bytes: gauge('Bytes of the binlog that are not read yet. Needs REPLICATION CLIENT.'),
  millrace_mysql_source_purge_hours: gauge(
    'Hours until the server may delete binlog that is still needed; absent when it deletes none by itself.',
  ),
  millrace_mysql_source_reachable: gauge('1 when the server has answered just now.'),
  millrace_mysql_source_reconnects_total: counter('Connections that were lost.'),
  millrace_mysql_source_records_total: counter('Records written to topics, those of snapshots included.'),
  millrace_mysql_rows_total: counter('Rows that the stream has written.', 'table', 'op'),
  millrace_mysql_snapshot_rows: gauge('Rows that the snapshot has written.', 'table'),
  millrace_mysql_snapshot_estimated_rows: gauge('Rows of the table, as the server estimates them.', 'table'),
  millrace_mysql_snapshot_ratio: gauge('How much of the snapshot is done, from 0 to 1.', 'table'),
  millrace_mysql_snapshot_eta_seconds: gauge('The time that the rest takes at the rate so far.', 'table'),
  process_cpu_seconds_total: counter('CPU time of the process.'),
  process_start_time_seconds: gauge('When the process was started, in seconds since the epoch.'),
  process_resident_memory_bytes: gauge('Memory of the process.'),
  nodejs_heap_used_bytes: gauge('Memory of JavaScript values.'),
  nodejs_external_memory_bytes: gauge('Memory of buffers and the like.'),
  nodejs_eventloop_lag_seconds: gauge('How late the event loop was since the last scrape.', 'quantile'),
} satisfies Readonly<{ [name: string]: MetricDeclaration }>);

/** The name of a metric. */
export type MetricName = keyof typeof metricDeclarations;
