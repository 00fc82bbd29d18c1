import {
  component,
  flag,
  integer,
  integerOrNull,
  type JsonSchema,
  list,
  object,
  type Properties,
  text,
  textOrNull,
} from './json-schema.ts';

const TIME = 'in milliseconds since the epoch';
const ANY: JsonSchema = {
  description: 'JSON by its own type; a bigint as its digits, bytes in base64, a Date in ISO 8601.',
};

const ENTRY: Properties = {
  key: ANY,
  value: ANY,
  timestamp: integer(`The time of the update that made it, ${TIME}.`),
};

const WINDOW: Properties = {
  key: ANY,
  start: integer(`Where the window begins, ${TIME}.`),
  end: integerOrNull(`Where it ends, ${TIME}; null: never.`),
  value: ANY,
  timestamp: integer(`The time of its last update, ${TIME}.`),
};

const VERSION: Properties = {
  value: ANY,
  timestamp: integer(`Since when it held, ${TIME}.`),
  validTo: integerOrNull(`Until when (not included), ${TIME}; null: it still does.`),
};

const STORE: Properties = {
  name: text('Its name in the topology.'),
  kind: { type: 'string', enum: ['key-value', 'window', 'session', 'versioned'], description: 'How it is read.' },
  partitions: integer('How many partitions it has.'),
  isGlobal: flag('Whether every instance has all of it.'),
  partOf: textOrNull('The store that it is kept beside, as its index or history.'),
  keySerde: text('How keys are serialized.'),
  valueSerde: text('How values are serialized.'),
  isPlacedByKey: flag('Whether the bytes of a key tell its partition, so that one instance is asked for it.'),
};

const PLACE: Properties = {
  partition: integer('The partition of the store.'),
  active: textOrNull('The instance that processes it, as host:port; null where none is known.'),
  standby: list(text('An instance that has a copy.')),
};

const INSTANCE: Properties = {
  endpoint: text('Where it is reached, as host:port.'),
  isThis: flag('Whether it is the one that answers.'),
  active: list(text('A task that it processes, such as 1_3.')),
  standby: list(text('A task that it has a copy of.')),
};

const STORE_PROGRESS: Properties = {
  store: text('The store.'),
  task: text('Its task.'),
  fromOffset: integer('The changelog offset that it began at.'),
  endOffset: integerOrNull('The changelog offset to reach; null follows it for ever.'),
  restored: integer('How many records were applied so far.'),
  offset: integer('Up to where it is restored.'),
  etaMs: integerOrNull('In how many milliseconds the end will be reached; null where that is not known.'),
};

const TASK: Properties = {
  task: text('Such as 1_3: the sub-topology and the partition.'),
  phase: text('opening, restoring, starting, running or standby.'),
  stores: list(component('StoreProgress')),
};

const THREAD: Properties = {
  index: integer('Its number in its instance.'),
  state: text('Its state.'),
  active: list(component('Task')),
  standby: list(component('Task')),
};

const LAG: Properties = {
  topic: text('A topic that the application reads.'),
  partition: integer('Its partition.'),
  offset: integer('Up to where all instances together have committed it.'),
  endOffset: integer('Where it ends.'),
  lag: integer('How many records are not committed yet.'),
};

const COUNTERS: Properties = {
  recordsProcessed: integer('Records processed.'),
  recordsEmitted: integer('Records handed to sinks, internal topics included.'),
  recordsDropped: { type: 'object', additionalProperties: { type: 'integer' }, description: 'By reason.' },
  commits: integer('Commits.'),
  rebalances: integer('Assignments of tasks that its threads were given.'),
  failedThreads: integer('Threads that an error has ended.'),
  deadLetters: integer('Records sent to the dead letter topic.'),
  recordsRestored: integer('Records replayed from changelogs.'),
};

const APPLICATION: Properties = {
  name: text('The name of its topology.'),
  applicationId: text('The consumer group.'),
  processId: textOrNull('By what the group tells instances apart.'),
  state: text('Its state, as in Kafka Streams.'),
  paused: flag('Whether it is paused.'),
  threads: list(component('Thread')),
  lags: {
    ...list(component('Lag')),
    type: ['array', 'null'],
    description: 'Of all instances together; null while it does not run.',
  },
  metrics: object(COUNTERS),
};

const INSTANCE_STATUS: Properties = {
  endpoint: textOrNull('Where other instances reach it, as host:port.'),
  error: textOrNull('Why nothing is known of it: it did not answer.'),
  applications: list(component('ApplicationStatus')),
  source: { description: 'What its MySQL source does; null without one.', type: ['object', 'null'] },
};

/** The schemas of answers, by the names that the document has for them. */
export const answerSchemas: Properties = Object.freeze({
  Entry: object(ENTRY),
  VersionedEntry: object({ key: ANY, ...VERSION }),
  Window: object(WINDOW),
  Version: object(VERSION),
  Line: { description: 'A row (Entry) of a store by keys, a Window of a store of windows or sessions.' },
  Store: object(STORE),
  Stores: object({ stores: list(component('Store')) }),
  StoreProgress: object(STORE_PROGRESS),
  Task: object(TASK),
  Thread: object(THREAD),
  Lag: object(LAG),
  ApplicationStatus: object(APPLICATION),
  InstanceStatus: object(INSTANCE_STATUS),
  Status: object({ instances: list(component('InstanceStatus')) }),
  Metadata: object({
    application: text('The name of its topology.'),
    endpoint: textOrNull('Where other instances reach this one, as host:port; null: they do not.'),
    instances: list(object(INSTANCE)),
    stores: list(object({ name: text('The store.'), partitions: list(object(PLACE)) })),
  }),
  Applications: object({ applications: list(object({ name: text('Its name.'), state: text('Its state.') })) }),
  Health: object({
    status: { type: 'string', enum: ['ok', 'failed', 'starting'], description: 'Whether all is well.' },
    applications: { type: 'object', additionalProperties: { type: 'string' }, description: 'The state of each.' },
  }),
  Error: object({
    code: text('A code of docs/errors.md.'),
    message: text('What was expected, and what was got.'),
    remedy: text('What can be done about it.'),
  }),
  Unauthorized: object({ error_code: integer('401'), message: text('What is missing.') }),
});
