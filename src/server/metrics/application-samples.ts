import type {
  ApplicationReadings,
  StoreReadings,
  TaskReadings,
  ThreadReadings,
} from '../../runtime/application-readings.ts';
import type { TaskStatus } from '../../runtime/application-status.ts';
import type { Labels, MetricsPage } from './metrics-page.ts';

/** Adds what an application has counted, and where its restores are. */
export function addApplication(page: MetricsPage, application: string, readings: ApplicationReadings): void {
  const labels = { application };
  const { metrics, status, threads } = readings;
  page.add('millrace_application_state', 1, { application, state: status.state });
  page.add('millrace_application_records_processed_total', metrics.recordsProcessed, labels);
  page.add('millrace_application_records_emitted_total', metrics.recordsEmitted, labels);
  for (const [reason, count] of Object.entries(metrics.recordsDropped))
    page.add('millrace_application_records_dropped_total', count, { application, reason });
  page.add('millrace_application_dead_letters_total', metrics.deadLetters, labels);
  page.add('millrace_application_records_restored_total', metrics.recordsRestored, labels);
  page.add('millrace_application_commits_total', metrics.commits, labels);
  page.add('millrace_application_rebalances_total', metrics.rebalances, labels);
  page.add('millrace_application_failed_threads_total', metrics.failedThreads, labels);
  for (const thread of threads) addThread(page, application, thread);
  for (const { active, standby } of status.threads) {
    for (const task of active) addRestore(page, task, { application, role: 'active' });
    for (const task of standby) addRestore(page, task, { application, role: 'standby' });
  }
}

function addThread(page: MetricsPage, application: string, thread: ThreadReadings): void {
  const labels = { application, thread: thread.index };
  page.add('millrace_thread_state', 1, { ...labels, state: thread.state });
  page.addMeasured('millrace_thread_process_seconds', thread.processing, labels);
  page.addMeasured('millrace_thread_poll_seconds', thread.polls, labels);
  page.addMeasured('millrace_thread_commit_seconds', thread.commits, labels);
  for (const task of thread.tasks) addTask(page, application, task);
}

function addTask(page: MetricsPage, application: string, readings: TaskReadings): void {
  const labels = { application, sub_topology: readings.subTopology, task: readings.task };
  page.add('millrace_task_records_processed_total', readings.recordsProcessed, labels);
  page.add('millrace_task_batches_total', readings.batches, labels);
  page.add('millrace_task_records_emitted_total', readings.recordsEmitted, labels);
  for (const [reason, count] of readings.recordsDropped)
    page.add('millrace_task_records_dropped_total', count, { ...labels, reason });
  page.add('millrace_task_dead_letters_total', readings.deadLetters, labels);
  page.addMeasured('millrace_task_record_lateness_seconds', readings.lateness, labels);
  for (const { topic, partition, lag, buffered } of readings.inputs) {
    page.add('millrace_task_lag_records', lag, { ...labels, topic, partition });
    page.add('millrace_task_buffered_records', buffered, { ...labels, topic, partition });
  }
  for (const store of readings.stores) addStore(page, store, { ...labels, store: store.store });
}

function addStore(page: MetricsPage, readings: StoreReadings, labels: Labels): void {
  page.add('millrace_store_entries', readings.entries, labels);
  page.add('millrace_store_bytes', readings.bytes, labels);
  page.add('millrace_store_buffered_bytes', readings.bufferedBytes, labels);
  page.add('millrace_store_cache_bytes', readings.cacheBytes, labels);
  page.add('millrace_store_gets_total', readings.gets, labels);
  page.add('millrace_store_engine_gets_total', readings.engineGets, labels);
}

function addRestore(
  page: MetricsPage,
  { task, stores }: TaskStatus,
  labels: { application: string; role: string },
): void {
  for (const { store, restored, offset, endOffset, etaMs } of stores) {
    const all = { application: labels.application, task, store, role: labels.role };
    page.add('millrace_restore_records', restored, all);
    // Nothing is known of the end before the first poll.
    if (Number.isFinite(endOffset))
      page.add('millrace_restore_remaining_offsets', Math.max(0, endOffset - offset), all);
    page.add('millrace_restore_eta_seconds', etaMs === null ? null : etaMs / 1000, all);
  }
}
