/** Errors of `runtime`. */
export const runtimeErrors = {
  PROCESSING_FAILED: {
    cause: 'Code of the topology threw: a processor, a timestamp extractor, a partitioner, a topic name extractor.',
    remedy:
      'Look at the line of the file and at the record named (--log-level debug shows the cause, which may tell values of rows); correct the code and start again.',
  },
  RUNTIME_SOURCE_TOPIC_MISSING: {
    cause: 'A topic that the topology reads does not exist on the broker.',
    remedy: 'Create it (or start what writes it) before the application, or correct its name in the topology.',
  },
  RUNTIME_PARTITIONS_DIFFER: {
    cause:
      'Two topics that are joined or merged into one task have different numbers of partitions, so equal keys do not meet.',
    remedy:
      'Repartition one of the two streams before the join, or create the topics with the same number of partitions.',
  },
  RUNTIME_INTERNAL_TOPIC_MISMATCH: {
    cause:
      'An internal topic of the application exists with another number of partitions than its tasks need: the input topics or the topology have changed.',
    remedy:
      'Reset the application with "millrace reset", which deletes its internal topics and state, and let it start over.',
  },
  RUNTIME_OPTIMIZATION_CHANGED: {
    cause:
      'The application has run without `reuseSourceTopics`, and now runs with it: the store has a changelog of its own, which would grow stale.',
    remedy: 'Set `optimization` as it was, or reset the application with "millrace reset" and let it start over.',
  },
  APPLICATION_STOPPED: {
    cause: 'An instance of the application has failed, and its policy for errors is to stop all instances.',
    remedy: 'Look at the log of the instance that failed, correct what it names, and start the instances again.',
  },
  SHUTDOWN_TIMEOUT: {
    cause:
      'The application did not come to its last commit within `shutdownTimeoutMs` of being stopped: a processor, a call to the outside or the broker took longer.',
    remedy:
      'Nothing is lost: what was not committed is processed again. Raise --shutdown-timeout, or look at what is slow.',
  },
  STATE_DIRECTORY_LOCKED: {
    cause:
      'Another process runs the application with the same state directory. Both would be one instance: they would take each other out of the group, and one would write what the other has open.',
    remedy:
      'Stop the process named in the message, or give each its own directory with --data-dir. The lock of a process that was killed is taken over by itself; if the process named is not Millrace, delete the file `lock` in the directory named.',
  },
  RUNTIME_WORKER_ENDED: {
    cause:
      'A worker thread ended before it was stopped: code of the topology threw where nobody could catch it, or called process.exit(), or the thread ran out of memory.',
    remedy:
      'Look at what it logged last; correct the code, or give it more memory (NODE_OPTIONS=--max-old-space-size). What it had not committed is processed again.',
  },
  RUNTIME_STATE: {
    cause: 'A method of the application was called in a state that does not allow it, such as a second start.',
    remedy: 'Make a new Application for each run; wait for start() before asking for stores.',
  },
  RUNTIME_STORE_NOT_HERE: {
    cause:
      'A partition of a store was asked for that this instance does not have, or not yet: another one processes it, or it is being restored.',
    remedy:
      'Ask the instance that `metadata()` names, allow stale answers where a copy is here, or try again after the rebalance.',
  },
  RUNTIME_UNKNOWN_STORE: {
    cause: 'The topology has no store of this name.',
    remedy: 'Use one of the names that the message lists; name stores in the topology where you want to read them.',
  },
  RUNTIME_STORE_KIND: {
    cause: 'A store was asked for as one of another kind: windows, sessions or versions of a store that has none.',
    remedy: 'Ask for the kind that the message names; `storeKind(name)` tells it.',
  },
  ASYNC_CALL_TIMEOUT: {
    cause: 'A call of mapValuesAsync() or processAsync() had no result within its `timeoutMs`.',
    remedy:
      'Look at what it calls; raise `timeoutMs`, have it tried again with `retry`, or give a fallback with `onFailure`.',
  },
  OBSERVABLE_OVERRUN: {
    cause: 'An observable gave values faster than the broker took them, and more waited than `maxWaiting` allows.',
    remedy: 'Slow the observable down, or raise `maxWaiting`; then feed it again from the last value surely written.',
  },
  SUPPRESSION_BUFFER_FULL: {
    cause:
      'A suppress() has more to hold back than its `maxRecords` or `maxBytes`, and is to stop rather than emit early.',
    remedy:
      'Raise `maxRecords` or `maxBytes`, or take shorter windows or a shorter grace; with a time limit, `whenFull: "emitEarly"` goes on.',
  },
  TEST_TOPIC_EMPTY: {
    cause: 'A test read a record from an output topic of the TopologyTestDriver that had no further one.',
    remedy:
      'Await every pipeInput() before reading; ask isEmpty where it may be empty; check what the topology should have written.',
  },
} as const;
