import { expect, test } from 'vitest';
import { NO_HEADERS } from '../../src/core/headers.ts';
import { partitionForKey } from '../../src/core/murmur2.ts';
import { StreamsBuilder } from '../../src/dsl/streams-builder.ts';
import { session } from '../../src/dsl/windows/session.ts';
import { tumbling } from '../../src/dsl/windows/tumbling.ts';
import { StreamRecord } from '../../src/processor/stream-record.ts';
import { Datum } from '../../src/serde/datum.ts';
import { string } from '../../src/serde/string-serde.ts';
import type { SinkNode } from '../../src/topology/node.ts';

test('all windows of a key are written to the partition of the key', () => {
  const builder = new StreamsBuilder({ keySerde: string() });
  const grouped = builder.stream<string, number>('in').groupByKey();
  const counts = grouped.windowedBy(tumbling({ sizeMs: 10, graceMs: 0 })).count({ name: 'counts' });
  const visits = grouped.windowedBy(session({ gapMs: 10, graceMs: 0 })).count({ name: 'visits' });
  counts.toStream().to('counts-out', { name: 'counts-sink' });
  visits.toStream().to('visits-out', { name: 'visits-sink' });
  const { nodes } = builder.build('partitions');

  for (const sink of ['counts-sink', 'visits-sink'].map((name) => nodes.get(name) as SinkNode)) {
    for (const key of ['a', 'b', 'é', 'long enough to be elsewhere']) {
      for (const start of [0, 10, 2 ** 40]) {
        const windowed = Datum.ofValue({ key, start, end: start + 10 });
        const record = new StreamRecord(windowed, null, { timestamp: start, headers: NO_HEADERS });
        expect(sink.partitioner?.(record, 7)).toBe(partitionForKey(Buffer.from(key), 7));
      }
    }
  }
});
