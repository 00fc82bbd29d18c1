import type { RecordedEvent } from './debezium-recording.ts';

/** A value that is meant to differ from the recorded one, and why. */
interface Deviation {
  /** The topic and path that it is about: `t_int payload.after.j`. */
  readonly where: RegExp;
  readonly reason: string;
  /** Whether this difference is the one that is meant. */
  isMeant(recorded: unknown, written: unknown): boolean;
}

const sameKind = (recorded: unknown, written: unknown) => kindOf(recorded) === kindOf(written);
const to = (before: unknown, after: unknown) => (recorded: unknown, written: unknown) =>
  recorded === before && written === after;

const DEVIATIONS: readonly Deviation[] = [
  {
    where: /payload\.(source\.)?ts_[mun]s$|payload\.source\.(gtid|file|pos|thread)$|payload\.transaction\.id$/,
    reason: 'Another run, on another server: times and places differ, their kinds do not.',
    isMeant: sameKind,
  },
  {
    where: /^t_int value\.(schema\.fields\.(before|after)\.fields\.k\.type|payload\.after\.k)$/,
    reason:
      'BOOLEAN is an alias that the server forgets: Debezium has it as boolean when streamed, as int16 when snapshotted.',
    isMeant: (recorded, written) => written === 'int16' || Number(recorded) === written,
  },
  {
    where: /^t_int value\.payload\.after\.j$/,
    reason: 'BIGINT UNSIGNED beyond 2^63 wraps to a negative number in Debezium.',
    isMeant: to(-1, 18_446_744_073_709_551_615n),
  },
  {
    where: /^t_bin value\.(schema\.fields\.(before|after)\.fields\.[ij]\.type|payload\.after\.[ij])$/,
    reason:
      'CHAR and TEXT in the character set binary are BINARY and BLOB: text when streamed, bytes when snapshotted in Debezium.',
    isMeant: (recorded, written) =>
      written === 'bytes' || (typeof recorded === 'string' && typeof written === 'string' && isBase64(written)),
  },
  {
    where: /^t_dt value\.payload\.after\.[ghi]$/,
    reason: 'The zero TIMESTAMP is the epoch when streamed, NULL when snapshotted in Debezium.',
    isMeant: (recorded, written) => /^1970-01-01T00:00:00(\.0+)?Z$/.test(String(recorded)) && written === null,
  },
  {
    where: /^t_dt value\.payload\.after\.d$/,
    reason: 'The year 0001 is taken for 2001 by Debezium (enable.time.adjuster, on by default).',
    isMeant: to(978_307_200_000, -62_135_596_800_000),
  },
  {
    where: /^t_dt value\.payload\.after\.c$/,
    reason: 'An impossible date is 0 when streamed, another date when snapshotted in Debezium.',
    isMeant: to(0, null),
  },
  {
    where: /^t_dt value\.payload\.after\.y$/,
    reason: 'The year 0000 is 1900 when streamed, 2000 when snapshotted in Debezium.',
    isMeant: to(1900, 0),
  },
  {
    where: /^t_es value\.payload\.after\.a$/,
    reason:
      'Members of an ENUM come with their commas and backslashes escaped when streamed, as they are when snapshotted in Debezium.',
    isMeant: (recorded, written) => String(recorded).replaceAll(/\\(.)/g, '$1') === written,
  },
  {
    where: /^t_xa value\.payload\.(transaction|source\.thread$)/,
    reason: 'Debezium writes rows of an XA transaction when it is prepared, outside of any transaction.',
    isMeant: (recorded) => recorded === null || recorded === undefined,
  },
  {
    where: /^t_nb value\.payload\.after\.d$/,
    reason: 'NULL in a column with a default becomes the default in Debezium.',
    isMeant: to(5, null),
  },
  {
    where: /^t_json value\.payload\.after\.j$/,
    reason:
      'Debezium prints doubles, times and opaque values of JSON otherwise than MySQL, and otherwise when snapshotted.',
    isMeant: (recorded, written) => JSON_DEVIATIONS.get(String(written)) === String(recorded),
  },
];

/** JSON documents as MySQL prints them, and as Debezium has them when streamed. */
const JSON_DEVIATIONS: ReadonlyMap<string, string> = new Map<string, string>([
  ['1e100', '10000000000000000159028911097599180468360808563945281389781327557747838772170381060813469985856815104'],
  ['"-12:34:56.789000"', '"13:0-35:0-57.00000-789"'],
  ['["-00:01:00.000000"]', '["01:0-1:00"]'],
  ['"2024-02-29 12:34:56.000000"', '"2024-02-29 12:34:56"'],
  ['{"ts":"2024-02-29 12:34:56.000000"}', '{"ts":"2024-02-29 12:34:56"}'],
  ['"base64:type15:yv4="', '"yv4="'],
  ['{"b":"base64:type15:Cg=="}', '{"b":"Cg=="}'],
  ['{"bit":"base64:type16:FQ=="}', '{"bit":"FQ=="}'],
  [
    '{"tb":"base64:type249:AA==","bin":"base64:type254:AQIDAAAAAAA=","blob":"base64:type252:3q2+7w=="}',
    '{"tb":"AA==","bin":"AQIDAAAAAAA=","blob":"3q2+7w=="}',
  ],
]);

/** The reason for which a value is meant to differ; undefined when it is not. */
export function deviationOf(
  event: RecordedEvent,
  path: string,
  pair: { readonly recorded: unknown; readonly written: unknown },
): string | undefined {
  const at = `${event.topic.replace('lab.probe.', '')} ${path}`;
  return DEVIATIONS.find(({ where, isMeant }) => where.test(at) && isMeant(pair.recorded, pair.written))?.reason;
}

/** Whether Debezium wrote the event and should not have: the row of an XA transaction that is rolled back later. */
export function isWronglyRecorded({ topic, value }: RecordedEvent): boolean {
  const after = (value as { payload?: { after?: { id?: number } } } | null)?.payload?.after;
  return topic === 'lab.probe.t_nb' && after?.id === 100;
}

/** Whether Debezium lost the event: a partial update of JSON (binlog_row_value_options = PARTIAL_JSON). */
export function isLostByDebezium({ topic, value }: RecordedEvent): boolean {
  const after = (value as { payload?: { after?: { k?: number } } } | null)?.payload?.after;
  return topic === 'lab.probe.t_pj' && after?.k === 2;
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : typeof value === 'bigint' ? 'number' : typeof value;
}

function isBase64(text: string): boolean {
  return Buffer.from(text, 'base64').toString('base64') === text;
}
