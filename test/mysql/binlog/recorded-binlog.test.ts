import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { MillraceError } from '../../../src/core/millrace-error.ts';
import {
  createDecoder,
  decodeAll,
  decodeOne,
  jsonRows,
  recordedEvents,
  withChecksum,
  withoutChecksums,
} from './support/binlog-file.ts';

const EXHAUSTIVE = process.env['MILLRACE_EXHAUSTIVE'] !== undefined;
/** Bits of each event that are flipped in a short run: all of the first bytes, of the last ones, and some in between. */
const FIRST_BYTES = 30;
const LAST_BYTES = 8;
const STEP_BITS = 4001;

const events = recordedEvents();

test('every row comes out, whatever its type, with partial JSON applied and compressed transactions unpacked', async () => {
  const decoded = await decodeAll(events);
  const last = new Map<string, string[]>();
  for (const event of decoded) {
    if (event.kind !== 'rows' || !event.isComplete) continue;
    last.set(event.table.table, [...(last.get(event.table.table) ?? []), ...jsonRows(event)]);
  }

  expect(Object.fromEntries([...last].map(([table, rows]) => [table, rows.length]))).toMatchSnapshot('rows by table');
  expect(last.get('t_pj')).toMatchSnapshot('t_pj');
  expect(last.get('t_geom')).toMatchSnapshot('t_geom');
  expect(last.get('t_vec')).toMatchSnapshot('t_vec');
  expect(last.get('t_cmp')?.length).toBe(4);
});

test('columns that a row image does not have are undefined, and NULL is null', async () => {
  const changes = (await decodeAll(events)).filter((event) => event.kind === 'rows' && event.table.table === 't_min');

  expect(changes.map((event) => event.kind === 'rows' && { before: event.before, rows: event.rows })).toMatchSnapshot();
});

test('an XA transaction is prepared under its id and committed later', async () => {
  const kinds = (await decodeAll(events)).filter((event) => event.kind.startsWith('prepared'));

  expect(kinds).toEqual([
    { kind: 'prepared-begin' },
    { kind: 'prepared', xid: "x'7831',x'',1", next: { file: expect.any(String), position: expect.any(Number) } },
    { kind: 'prepared-end', xid: "x'7831',x'',1", isCommitted: true },
  ]);
});

test('a tagged GTID and every other is told', async () => {
  const gtids = (await decodeAll(events)).flatMap((event) => (event.kind === 'begin' ? [event.gtid] : []));

  expect(gtids).toHaveLength(84);
  expect(gtids.filter((gtid) => gtid?.includes(':mytag:'))).toHaveLength(1);
});

test('an event cut anywhere is refused', { timeout: 600_000 }, async () => {
  const decoder = createDecoder();
  for (const event of events) {
    const lengths = EXHAUSTIVE ? event.length : Math.min(event.length, 100);
    for (let length = 0; length < lengths; length++) {
      await expectRefused(decoder, event.subarray(0, length));
    }
    await decodeOne(decoder, event);
  }
});

test('an event with any bit flipped is refused: its checksum tells', { timeout: 600_000 }, async () => {
  const decoder = createDecoder();
  for (const event of events) {
    const copy = Buffer.from(event);
    for (const bit of bitsOf(event)) {
      flip(copy, bit);
      await expectRefused(decoder, copy, `bit ${bit} of an event of type ${event[4]}`);
      flip(copy, bit);
    }
    await decodeOne(decoder, event);
  }
});

test.each([
  ['without checksums', (event: Buffer) => event, withoutChecksums(events)],
  ['with checksums made anew', withChecksum, events],
])(
  '%s an event with a flipped bit is read or refused, and nothing else happens',
  { timeout: 600_000 },
  async (_how, seal, all) => {
    const whole = await outcomesOf(all);
    let refused = 0;
    for (const [index, event] of all.entries()) {
      if (index === 0) continue;
      const copy = Buffer.from(event);
      for (const bit of sampledBitsOf(event)) {
        flip(copy, bit);
        const decoder = createDecoder();
        for (const earlier of all
          .slice(Math.max(0, index - 4), index)
          .concat(all[0] as Buffer)
          .toReversed())
          await decodeOne(decoder, earlier).catch(() => undefined);
        try {
          const out = await decodeOne(decoder, seal(copy));
          for (const decoded of out) jsonRows(decoded);
        } catch (error) {
          expect(error).toBeInstanceOf(MillraceError);
          refused++;
        }
        flip(copy, bit);
      }
    }
    expect(refused).toBeGreaterThan(0);
    expect(whole.length).toBeGreaterThan(100);
  },
);

test('an error tells file, position, GTID, table and the first bytes of the event, and no values', async () => {
  const decoder = createDecoder();
  const index = events.findIndex((event) => event[4] === 30);
  for (const event of events.slice(0, index)) await decodeOne(decoder, event);
  const broken = Buffer.from(events[index] as Buffer);
  broken.writeUInt8(99, 29);
  const error = await decodeOne(decoder, withChecksum(broken)).catch((reason: unknown) => reason);

  expect(error).toMatchObject({
    code: 'MYSQL_EVENT_UNREADABLE',
    context: { file: '', table: 'probe.t_int', event: 30, bytes: withChecksum(broken).toString('hex', 0, 32) },
  });
  expect((error as MillraceError).context['gtid']).toMatch(/^[0-9a-f-]{36}:\d+$/);
});

test('with a quarantine a row event that cannot be read is handed over, and the rest is read', async () => {
  const index = events.findIndex((event) => event[4] === 30);
  const broken = Buffer.from(events[index] as Buffer);
  broken.writeUInt8(99, 29);
  const all = events.with(index, withChecksum(broken));
  const decoded = await decodeAll(all, createDecoder({ quarantine: true }));

  const found = decoded.filter((event) => event.kind === 'unreadable');
  expect(found).toHaveLength(1);
  expect(found[0]).toMatchObject({ bytes: withChecksum(broken).subarray(0, -4) });
  expect(decoded.length).toBe((await decodeAll(events)).length);
});

test('the recording is the one that the types were read from', () => {
  expect(readFileSync(new URL('fixtures/mysql-9.7.4.binlog', import.meta.url)).length).toBe(120_329);
});

async function outcomesOf(all: readonly Buffer[]): Promise<string[]> {
  return (await decodeAll(all)).flatMap((event) => (event.kind === 'rows' && event.isComplete ? jsonRows(event) : []));
}

async function expectRefused(decoder: ReturnType<typeof createDecoder>, event: Buffer, what?: unknown): Promise<void> {
  let error: unknown;
  try {
    await decodeOne(decoder, event);
  } catch (thrown) {
    error = thrown;
  }
  if (!(error instanceof MillraceError)) expect.fail(`${String(what)}: ${String(error)}`);
}

function flip(bytes: Buffer, bit: number): void {
  bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
}

function* bitsOf(event: Buffer): Generator<number> {
  const bits = event.length * 8;
  for (let bit = 0; bit < bits; bit++) {
    const isSampled = bit < FIRST_BYTES * 8 || bit >= bits - LAST_BYTES * 8 || bit % STEP_BITS === 0;
    if (EXHAUSTIVE || isSampled) yield bit;
  }
}

function* sampledBitsOf(event: Buffer): Generator<number> {
  const step = EXHAUSTIVE ? 1 : 43;
  for (let bit = 0; bit < Math.min(event.length, 300) * 8; bit += step) yield bit;
}
