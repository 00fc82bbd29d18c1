import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { HttpApi } from '../../../src/cli/host/http-api.ts';
import type { ServerOptionInput } from '../../../src/config/server-options.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { long } from '../../../src/serde/long-serde.ts';
import { buffer } from '../../../src/serde/buffer-serde.ts';
import { StreamsBuilder } from '../../../src/dsl/streams-builder.ts';
import { session } from '../../../src/dsl/windows/session.ts';
import { tumbling } from '../../../src/dsl/windows/tumbling.ts';
import type { ServedSource } from '../../../src/server/served-source.ts';
import type { Topology } from '../../../src/topology/topology.ts';

/** The topics that `queriedTopology` reads. */
export const QUERIED_TOPICS = ['rows', 'clicks', 'prices', 'ids'] as const;

/** A topology with a store of each kind, and one whose keys and values are no JSON. */
export function queriedTopology(name = 'queried'): Topology {
  const builder = new StreamsBuilder();
  const rows = builder.table<string, { by: string }>('rows', { name: 'rows' });
  rows.groupBy((row, key) => [row.by, key]).count({ name: 'counts' });
  const clicks = builder.stream<string, number>('clicks').groupByKey();
  clicks.windowedBy(tumbling({ sizeMs: 60_000, graceMs: 1_000_000 })).count({ name: 'by-minute' });
  clicks.windowedBy(session({ gapMs: 1000, graceMs: 1_000_000 })).count({ name: 'visits' });
  builder.table<string, number>('prices', { name: 'prices', versioned: { historyRetentionMs: 1_000_000 } });
  const ids = builder.stream<bigint, Buffer>('ids', { keySerde: long(), valueSerde: buffer() });
  ids.groupByKey().reduce((_last, value) => value, { name: 'ids' });
  return builder.build(name);
}

/** A topology whose stores are all of one sub-topology, so that its partitions are shared among instances. */
export function sharedTopology(name = 'shared'): Topology {
  const builder = new StreamsBuilder();
  const clicks = builder.stream<string, number>('clicks').groupByKey();
  clicks.count({ name: 'totals' });
  clicks.windowedBy(tumbling({ sizeMs: 60_000, graceMs: 1_000_000 })).count({ name: 'by-minute' });
  clicks.windowedBy(session({ gapMs: 1000, graceMs: 1_000_000 })).count({ name: 'visits' });
  return builder.build(name);
}

/** An API on a free port. */
export async function openApi(input: ServerOptionInput = {}, source: ServedSource | null = null): Promise<HttpApi> {
  const opened = await HttpApi.open({
    input: { httpPort: 0, ...input },
    applicationServer: null,
    source: () => source,
    logger: silentLogger,
  });
  return opened as HttpApi;
}

/** What was answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The body, or each line of it. */
  readonly body: any;
}

/** Asks, and holds the answer against docs/openapi.json. */
export async function ask(
  api: { readonly url: string },
  path: string,
  headers: { readonly [name: string]: string } = {},
): Promise<Answer> {
  const response = await fetch(new URL(path, api.url), { headers });
  const text = await response.text();
  const type = response.headers.get('content-type')?.split(';')[0] ?? '';
  const body = bodyOf(type, text);
  mustBeDescribed(path, { status: response.status, type, body });
  return { status: response.status, headers: response.headers, body };
}

function bodyOf(type: string, text: string): any {
  if (type === 'application/json') return JSON.parse(text);
  if (type !== 'application/x-ndjson') return text;
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

const document = JSON.parse(readFileSync(join(import.meta.dirname, '../../../docs/openapi.json'), 'utf8'));
const ajv = new Ajv2020({ strict: false });
ajv.addSchema({ $id: 'openapi', components: document.components });

function mustBeDescribed(path: string, { status, type, body }: { status: number; type: string; body: any }): void {
  const { pathname } = new URL(path, 'http://host');
  const found = Object.keys(document.paths).filter((each) =>
    new RegExp(`^${each.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(pathname),
  );
  // The more specific path wins, as in the router.
  const declared = found.sort((a, b) => a.split('{').length - b.split('{').length)[0];
  if (declared === undefined) {
    expect(status).toBe(404);
    return;
  }
  const schema = document.paths[declared].get.responses[status]?.content[type]?.schema;
  expect(schema, `${declared} answers ${status} ${type}`).toBeDefined();
  const validate: ValidateFunction = ajv.compile(rooted(schema));
  for (const each of type === 'application/x-ndjson' ? body : [body]) {
    expect(validate(each), `${path}: ${ajv.errorsText(validate.errors)}`).toBe(true);
  }
}

/** With references to the components of the document. */
function rooted(schema: object): object {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"openapi#/components/'));
}
