import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';

/** A record of the recording: key and value as the JSON converter writes them, schemas included. */
export interface RecordedEvent {
  readonly topic: string;
  readonly key: unknown;
  readonly value: unknown;
}

/** What Debezium 3.5.0 wrote for `debezium-recording.sql`, in order. Numbers beyond 2^53 are bigints. */
export async function readRecording(): Promise<readonly RecordedEvent[]> {
  const bytes = await readFile(new URL('../fixtures/debezium-3.5.0.jsonl.gz', import.meta.url));
  const lines = gunzipSync(bytes).toString('utf8').trim().split('\n');
  return lines.map((line) => parseExact(line) as RecordedEvent);
}

/** JSON with integers beyond 2^53 as bigints. */
export function parseExact(text: string): unknown {
  return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) => {
    const source = context?.source;
    const isWide = typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(source ?? '');
    return isWide ? BigInt(source as string) : value;
  });
}

/** The statements that the recording was made from: those that make tables, and the others in their order. */
export async function readStatements(): Promise<{ readonly tables: string[]; readonly others: string[] }> {
  const script = await readFile(new URL('../fixtures/debezium-recording.sql', import.meta.url), 'utf8');
  const statements = script
    .replace(/^--.*$/gm, '')
    .split(/;\s+/)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
  const isTable = (statement: string) => /^(CREATE|USE|SET sql_mode|SET time_zone)/i.test(statement);
  return {
    tables: statements.filter(isTable),
    others: statements.filter((statement) => !isTable(statement)),
  };
}

/** Every value of an event by its path (`payload.after.a`), schemas by their column, so that differences can be named. */
export function flatten(value: unknown, path = ''): Map<string, unknown> {
  const flat = new Map<string, unknown>();
  if (value === null || typeof value !== 'object') return flat.set(path, value);
  const entries = Array.isArray(value)
    ? value.map((item, index) => [(item as { field?: string } | null)?.field ?? String(index), item] as const)
    : Object.entries(value);
  if (entries.length === 0) flat.set(path, Array.isArray(value) ? '[]' : '{}');
  for (const [name, item] of entries) {
    for (const [inner, leaf] of flatten(item, path === '' ? name : `${path}.${name}`)) flat.set(inner, leaf);
  }
  return flat;
}
