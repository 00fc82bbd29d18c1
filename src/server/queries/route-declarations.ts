import { component, flag, integer, type JsonSchema, type Properties, text } from './json-schema.ts';
import { FORWARDED, PARTITIONS, POSITION, POSITION_TIMEOUT } from './query-request.ts';

/** What a route answers. */
export interface AnswerDeclaration {
  readonly description: string;
  readonly contentType: 'application/json' | 'application/x-ndjson' | 'text/plain';
  /** Of the whole body; of each line, where it is NDJSON. */
  readonly schema: JsonSchema;
}

/** A route: everything that the server and the OpenAPI document know of it is said here, once. */
export interface RouteDeclaration {
  /** With parameters as `:name`. */
  readonly path: string;
  readonly summary: string;
  readonly description?: string;
  /** Whether it is about one application, and so also has a path that names it. */
  readonly isOfApplication: boolean;
  /** Whether no token is asked for. */
  readonly isOpen?: boolean;
  readonly params?: Properties;
  readonly query?: Properties;
  readonly headers?: Properties;
  readonly answers: Readonly<{ [status: number]: AnswerDeclaration }>;
}

const LARGEST = Number.MAX_SAFE_INTEGER;
const STORE = { store: text('The name of the store.') };
const KEY = { ...STORE, key: text('The key, as keyEncoding says.') };
const KEY_ENCODING: Properties = {
  keyEncoding: {
    type: 'string',
    enum: ['json', 'text', 'base64'],
    default: 'json',
    description:
      'How keys are written: JSON (a string has its quotes), a string without quotes, or the serialized bytes in base64. Of a prefix: the first bytes of the serialized key, as UTF-8, or in base64.',
  },
};
const WHERE: Properties = {
  stale: { ...flag('Whether copies of the state, which may be behind, may answer.'), default: false },
  partition: { ...integer('Reads this partition of the store only.'), minimum: 0 },
};
const ORDER: Properties = {
  reverse: { ...flag('From the last to the first.'), default: false },
  limit: { ...integer('How many lines at most.'), minimum: 0, maximum: LARGEST },
};
const SPAN: Properties = {
  from: {
    ...integer('The earliest time, in milliseconds since the epoch: of starts of windows, of ends of sessions.'),
    minimum: 0,
    maximum: LARGEST,
  },
  to: { ...integer('The latest time (included): of starts of windows and sessions.'), minimum: 0, maximum: LARGEST },
};
const BOUNDS: Properties = {
  [POSITION]: text(
    'What the answer must show: everything that comes of the records before these offsets, such as "orders-0=1234, orders-1=5". The topics may be any that the store is made from.',
  ),
  [POSITION_TIMEOUT]: {
    ...integer('How long to wait for that, in milliseconds; 5000 by default.'),
    minimum: 0,
    maximum: 600_000,
  },
  [FORWARDED]: text('Set by another instance: only what is here is answered.'),
  [PARTITIONS]: text('Set by another instance: the partitions asked for.'),
};

function json(description: string, schema: string): AnswerDeclaration {
  return { description, contentType: 'application/json', schema: component(schema) };
}

function lines(description: string, schema: string): AnswerDeclaration {
  return { description, contentType: 'application/x-ndjson', schema: component(schema) };
}

const INVALID = { 400: json('A parameter, key or header is wrong, or does not fit the kind of the store.', 'Error') };
const NO_STORE = { 404: json('There is no such store or application.', 'Error') };
const UNAVAILABLE = {
  503: json(
    'A partition cannot be read now, its instance does not answer, or the position was not reached; Retry-After says when to ask again.',
    'Error',
  ),
};
const QUERY_ERRORS = { ...INVALID, ...NO_STORE, ...UNAVAILABLE };
const FOUND_ERRORS = {
  ...INVALID,
  ...UNAVAILABLE,
  404: json('There is no such entry, store or application.', 'Error'),
};

/** Every route, by the name of its operation. */
export const routeDeclarations = Object.freeze({
  listApplications: {
    path: '/applications',
    summary: 'The applications of this instance.',
    isOfApplication: false,
    answers: { 200: json('Their names and states.', 'Applications') },
  },
  listStores: {
    path: '/stores',
    summary: 'The stores of the application.',
    isOfApplication: true,
    answers: { 200: json('All of them.', 'Stores'), ...NO_STORE, ...UNAVAILABLE },
  },
  getEntry: {
    path: '/stores/:store/:key',
    summary: 'The value of a key.',
    description: 'Any instance answers: it asks the one that has the key.',
    isOfApplication: true,
    params: KEY,
    query: {
      ...KEY_ENCODING,
      ...WHERE,
      asOf: {
        ...integer('The row as it was at this time (milliseconds since the epoch); versioned stores only.'),
        minimum: 0,
        maximum: LARGEST,
      },
    },
    headers: BOUNDS,
    answers: {
      200: {
        ...json('The entry; with asOf, with validTo.', 'Entry'),
        schema: { description: 'Entry, or VersionedEntry with asOf.' },
      },
      ...FOUND_ERRORS,
    },
  },
  scanStore: {
    path: '/stores/:store',
    summary: 'The entries of a span of keys, or all.',
    description:
      'Rows come in the order of their serialized keys, windows and sessions in that of their times, over all instances. An answer that breaks off was not complete.',
    isOfApplication: true,
    params: STORE,
    query: {
      from: text('The first key, as keyEncoding says.'),
      to: text('The last key (included).'),
      prefix: text('Only keys whose bytes begin so; not for windows and sessions.'),
      ...KEY_ENCODING,
      timeFrom: {
        ...integer('Of windows the earliest start, of sessions the earliest end.'),
        minimum: 0,
        maximum: LARGEST,
      },
      timeTo: { ...integer('The latest start of windows and sessions (included).'), minimum: 0, maximum: LARGEST },
      ...ORDER,
      ...WHERE,
    },
    headers: BOUNDS,
    answers: { 200: lines('A line for each entry.', 'Line'), ...QUERY_ERRORS },
  },
  scanWindows: {
    path: '/stores/:store/:key/windows',
    summary: 'The windows of a key, by their starts.',
    isOfApplication: true,
    params: KEY,
    query: { ...SPAN, ...KEY_ENCODING, ...ORDER, ...WHERE },
    headers: BOUNDS,
    answers: { 200: lines('A line for each window.', 'Window'), ...QUERY_ERRORS },
  },
  scanSessions: {
    path: '/stores/:store/:key/sessions',
    summary: 'The sessions of a key that overlap a span, by their ends.',
    isOfApplication: true,
    params: KEY,
    query: { ...SPAN, ...KEY_ENCODING, ...ORDER, ...WHERE },
    headers: BOUNDS,
    answers: { 200: lines('A line for each session.', 'Window'), ...QUERY_ERRORS },
  },
  scanVersions: {
    path: '/stores/:store/:key/versions',
    summary: 'The versions of a row that held within a span, by their times.',
    isOfApplication: true,
    params: KEY,
    query: { ...SPAN, ...KEY_ENCODING, ...ORDER, ...WHERE },
    headers: BOUNDS,
    answers: { 200: lines('A line for each version.', 'Version'), ...QUERY_ERRORS },
  },
  getMetadata: {
    path: '/metadata',
    summary: 'The instances of the application, and where the partitions of its stores are.',
    isOfApplication: true,
    answers: { 200: json('As the group decided last.', 'Metadata'), ...NO_STORE, ...UNAVAILABLE },
  },
  getTopology: {
    path: '/topology',
    summary: 'The graph of the topology.',
    isOfApplication: true,
    query: {
      format: {
        type: 'string',
        enum: ['text', 'mermaid'],
        default: 'text',
        description: "As Kafka Streams' Topology#describe has it, or a Mermaid flowchart.",
      },
    },
    answers: {
      200: { description: 'The graph.', contentType: 'text/plain', schema: { type: 'string' } },
      ...INVALID,
      ...NO_STORE,
    },
  },
  getStatus: {
    path: '/status',
    summary: 'What the applications do: tasks, lags, restores, the MySQL source.',
    isOfApplication: true,
    query: {
      instances: {
        type: 'string',
        enum: ['this', 'all'],
        default: 'this',
        description: 'Whether the other instances are asked too.',
      },
    },
    answers: { 200: json('Of each instance.', 'Status'), ...INVALID, ...NO_STORE },
  },
  getMetrics: {
    path: '/metrics',
    summary: 'What this process has counted, for Prometheus. See docs/metrics.md.',
    isOfApplication: false,
    answers: {
      200: { description: 'The text format of Prometheus.', contentType: 'text/plain', schema: { type: 'string' } },
    },
  },
  getHealth: {
    path: '/health',
    summary: 'Whether no application has failed.',
    isOfApplication: false,
    isOpen: true,
    answers: { 200: json('All is well.', 'Health'), 503: json('An application has failed.', 'Health') },
  },
  getReadiness: {
    path: '/ready',
    summary: 'Whether all applications run, their state restored.',
    isOfApplication: false,
    isOpen: true,
    answers: { 200: json('They do.', 'Health'), 503: json('One does not, or not yet.', 'Health') },
  },
} satisfies Readonly<{ [operation: string]: RouteDeclaration }>);

/** The name of an operation. */
export type OperationName = keyof typeof routeDeclarations;
