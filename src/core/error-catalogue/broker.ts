/** Errors of the broker port, whichever broker is behind it. */
export const brokerErrors = {
  TOPIC_NOT_FOUND: {
    cause: 'The topic does not exist on the broker.',
    remedy: 'Create it, or correct the name in the topology.',
  },
  TOPIC_ALREADY_EXISTS: {
    cause: 'A topic of this name exists already.',
    remedy: 'Use the existing one, delete it first, or choose another name.',
  },
  PARTITION_NOT_FOUND: {
    cause: 'The topic has fewer partitions than the one asked for.',
    remedy: 'Check the number of partitions of the topic; co-partitioned topics need the same number.',
  },
  OFFSET_OUT_OF_RANGE: {
    cause: 'The offset asked for has been deleted (retention, deleteRecords), or lies beyond the end of the log.',
    remedy:
      'Reset the application to the earliest or latest offset with "millrace reset", or raise the retention of the topic.',
  },
  PRODUCER_FENCED: {
    cause: 'Another producer with the same transactional id has taken over.',
    remedy: 'Let the newer one run; if two instances share one id by mistake, give each its own.',
  },
  GROUP_MEMBER_FENCED: {
    cause:
      'The member was thrown out of its consumer group (it was not heard of for longer than its session), or another one with the same instance id has joined.',
    remedy:
      'After a pause of the process nothing has to be done: it joins again. If it happens again and again, raise the session time-out; if two instances share one instance id by mistake, give each its own.',
  },
  GROUP_PROTOCOL_MISMATCH: {
    cause: 'The members of the consumer group divide their work by another assignor.',
    remedy: 'Give every application its own id: this one is used by a program of another kind, or by Kafka clients.',
  },
  GROUP_NOT_EMPTY: {
    cause: 'The consumer group still has members, so its offsets are theirs to change.',
    remedy: 'Stop all instances of the application first, and wait until their sessions have ended.',
  },
  GROUP_ASSIGNMENT: {
    cause: 'The leader of a consumer group decided on something that leaves a member without an assignment.',
    remedy: 'Report it with the log of the leader: the assignor of Millrace gives one to every member.',
  },
  GROUP_VERSION: {
    cause: 'The leader of the consumer group runs a newer version of Millrace, whose assignments this one cannot read.',
    remedy: 'Upgrade this instance too.',
  },
  GROUP_DATA: {
    cause: 'What a member of the consumer group says of itself is cut off, or was not written by Millrace.',
    remedy: 'Give every application its own id: this one is used by another program.',
  },
  TRANSACTION_STATE: {
    cause: 'A transactional call was made in the wrong state, such as a send after commit.',
    remedy: 'Report it: the runtime keeps the order of these calls.',
  },
  TRANSACTION_HANGING: {
    cause:
      'A partition has an open transaction that nothing ends, so that nothing behind it can be read. A broker that was killed in the middle of a transaction may leave one, with its coordinator knowing nothing of it any more.',
    remedy:
      "Look with Kafka's `kafka-transactions.sh describe-producers --topic ... --partition ...`, and end it with `kafka-transactions.sh abort --topic ... --partition ... --start-offset ...`. Read the same transaction in other partitions first: where it was committed there, ending it here drops what it wrote, and a capture that goes on from before it writes that again everywhere.",
  },
  BROKER_CLOSED: {
    cause: 'The broker has been closed while somebody still used it.',
    remedy: 'Stop applications before the broker.',
  },
  BROKER_LOCKED: {
    cause: 'Another process has the data directory of the embedded broker open.',
    remedy: 'Stop the process named in the message, or choose another directory with --data-dir.',
  },
  LOG_CORRUPTED: {
    cause:
      'A segment file of the embedded broker has a damaged batch that is not at its end: the disk or another program changed it.',
    remedy:
      'Restore the file named from a backup. Without one, delete the data directory: the next start reads MySQL anew and makes everything again; only topics that others wrote are lost.',
  },
  BROKER_STORAGE: {
    cause: 'The embedded broker could not write or read its files (disk full, permissions, I/O error).',
    remedy: 'Free space or fix the directory, then start again: nothing that was acknowledged is lost.',
  },
  TOPIC_INVALID: {
    cause:
      'A topic was to be created with a name, number of partitions or setting that brokers do not allow, or `to` was given a function that chose no topic for a record.',
    remedy:
      'Choose a topic for each record, or filter those out that have none. Use letters, digits, ".", "_" and "-" (249 at most), at least one partition, and the settings named in the message.',
  },
  RECORD_INVALID: {
    cause:
      'A record cannot be kept: its timestamp is no whole number of milliseconds, or it has no key in a compacted topic.',
    remedy: 'Correct the timestamp extractor, or give the record a key.',
  },
  RECORD_TOO_LARGE: {
    cause: 'A record is larger than max.message.bytes of its topic.',
    remedy: 'Raise max.message.bytes of the topic, or make the record smaller.',
  },
} as const;
