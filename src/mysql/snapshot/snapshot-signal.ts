/** A snapshot that was asked for while the source runs. */
export interface SnapshotRequest {
  /** Of the signal that asked for it. */
  readonly id: string;
  /** `database.table`. */
  readonly table: string;
  /** The condition for rows to be read, in SQL; null for all. */
  readonly where: string | null;
}

/** What a signal asks a running source to do. */
export type SnapshotSignal =
  | {
      readonly kind: 'execute';
      readonly id: string;
      readonly collections: readonly string[];
      /** Conditions in SQL, by collection. */
      readonly conditions: ReadonlyMap<string, string>;
    }
  /** `collections` empty: all. */
  | { readonly kind: 'stop'; readonly id: string; readonly collections: readonly string[] }
  | { readonly kind: 'pause'; readonly id: string }
  | { readonly kind: 'resume'; readonly id: string };

/** The JSON of a signal, as Debezium has it. */
interface SignalJson {
  readonly id?: unknown;
  readonly type?: unknown;
  readonly data?: {
    readonly type?: unknown;
    readonly 'data-collections'?: unknown;
    readonly 'additional-conditions'?: unknown;
    readonly 'additional-condition'?: unknown;
  };
}

/**
 * Reads a signal: `{"id": …, "type": "execute-snapshot", "data": {"data-collections": ["shop.orders"], "type": "incremental",
 * "additional-conditions": [{"data-collection": "shop.orders", "filter": "id > 5"}]}}`, or one of the types `stop-snapshot`,
 * `pause-snapshot` and `resume-snapshot`. Gives a text that says what is wrong where it is none of these.
 */
export function parseSignal(bytes: Buffer): SnapshotSignal | string {
  const json = parseJson(bytes);
  if (json === null) return 'Expected a signal to be a JSON object, got something else';
  const { type, data = {} } = json;
  const id = typeof json.id === 'string' ? json.id : '';
  if (type === 'pause-snapshot' || type === 'resume-snapshot') {
    return { kind: type === 'pause-snapshot' ? 'pause' : 'resume', id };
  }
  if (type !== 'execute-snapshot' && type !== 'stop-snapshot') {
    return 'Expected the type of a signal to be execute-snapshot, stop-snapshot, pause-snapshot or resume-snapshot';
  }
  if (data.type !== undefined && !(typeof data.type === 'string' && data.type.toLowerCase() === 'incremental')) {
    return 'Expected the type of a snapshot on request to be incremental: it is read while changes are streamed';
  }
  const collections = textsOf(data['data-collections']);
  if (collections === null) return 'Expected `data-collections` to be a list of names or regular expressions';
  if (type === 'stop-snapshot') return { kind: 'stop', id, collections };
  if (collections.length === 0) return 'Expected `data-collections` to name a table, got none';
  const conditions = conditionsOf(data, collections);
  if (conditions === null) return 'Expected `additional-conditions` to be a list of {data-collection, filter}';
  return { kind: 'execute', id, collections, conditions };
}

/** The JSON that `parseSignal` reads. */
export function signalJson(signal: SnapshotSignal): string {
  const { kind, id } = signal;
  const type = `${kind}-snapshot`;
  if (signal.kind === 'pause' || signal.kind === 'resume')
    return JSON.stringify({ id, type, data: { type: 'incremental' } });
  const data = { type: 'incremental', 'data-collections': signal.collections };
  if (signal.kind === 'stop') return JSON.stringify({ id, type, data });
  const conditions = [...signal.conditions].map(([collection, filter]) => ({ 'data-collection': collection, filter }));
  return JSON.stringify({ id, type, data: { ...data, 'additional-conditions': conditions } });
}

/** Whether a collection of a signal, a name or a regular expression for all of it, means the table. */
export function isMeant(collection: string, table: string): boolean {
  if (collection === table) return true;
  try {
    return new RegExp(`^(?:${collection})$`).test(table);
  } catch {
    return false;
  }
}

function parseJson(bytes: Buffer): SignalJson | null {
  try {
    const json: unknown = JSON.parse(bytes.toString('utf8'));
    return typeof json === 'object' && json !== null ? json : null;
  } catch {
    return null;
  }
}

function textsOf(value: unknown): readonly string[] | null {
  if (value === undefined) return [];
  return Array.isArray(value) && value.every((text) => typeof text === 'string') ? value : null;
}

function conditionsOf(
  data: NonNullable<SignalJson['data']>,
  collections: readonly string[],
): ReadonlyMap<string, string> | null {
  const single = data['additional-condition'];
  if (typeof single === 'string') return new Map(collections.map((collection) => [collection, single]));
  const list = data['additional-conditions'] ?? [];
  if (!Array.isArray(list)) return null;
  const conditions = new Map<string, string>();
  for (const entry of list as readonly { readonly [name: string]: unknown }[]) {
    const { 'data-collection': collection, filter } = entry ?? {};
    if (typeof collection !== 'string' || typeof filter !== 'string') return null;
    conditions.set(collection, filter);
  }
  return conditions;
}
