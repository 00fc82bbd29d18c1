// Compares Millrace with Kafka Streams, by the programs of `streams/programs.ts` on a Kafka broker, and with Debezium.
//
//   npm run bench:compare -- [--parts runs,recovery,latency,capture] [--scenarios a,b,c,d,e,f] [--orders 2000000]
//     [--rows 1000000] [--runs 3] [--guarantees exactly_once,at_least_once] [--threads 1,2] [--results FILE]

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compare, compareParts, type ComparePart } from './compare/compare.ts';
import { CompareServices } from './compare/compare-services.ts';
import { buildJavaPeer, type Guarantee, guarantees } from './compare/peers.ts';
import { programs } from './streams/programs.ts';

const { values } = parseArgs({
  options: {
    parts: { type: 'string', default: compareParts.join(',') },
    scenarios: { type: 'string', default: Object.keys(programs).join(',') },
    orders: { type: 'string', default: '2000000' },
    rows: { type: 'string', default: '1000000' },
    runs: { type: 'string', default: '3' },
    guarantees: { type: 'string', default: guarantees.join(',') },
    threads: { type: 'string', default: '1,2' },
    results: { type: 'string', default: 'compare-results.json' },
  },
});

const orders = Number(values.orders);
const classPath = buildJavaPeer('kafka-streams');
const directory = await mkdtemp(join(tmpdir(), 'millrace-compare-'));
try {
  await using services = await CompareServices.start(directory, orders);
  const on = { ...services.addresses, directory, classPath, orders };
  const asked = {
    parts: values.parts.split(',') as ComparePart[],
    scenarios: values.scenarios.split(','),
    guarantees: values.guarantees.split(',') as Guarantee[],
    threads: values.threads.split(',').map(Number),
    runs: Number(values.runs),
    rows: Number(values.rows),
  };
  // After each measurement, so that what was measured is there whatever comes after.
  await compare(on, asked, (results) => writeFile(values.results, `${JSON.stringify(results, null, 2)}\n`));
} finally {
  await rm(directory, { recursive: true, force: true });
}
