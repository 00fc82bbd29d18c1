// Writes what `npm run bench:compare` measured into docs/benchmarks.md and docs/benchmarks/:
//
//   npm run bench:report -- [compare-results.json]

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CompareResults } from './compare/compare-results.ts';
import { barChart } from './compare/report/bar-chart.ts';
import { renderReport } from './compare/report/render-report.ts';

const BEGIN = '<!-- compare: begin -->';
const END = '<!-- compare: end -->';

const docs = join(import.meta.dirname, '../docs');
const text = await readFile(process.argv[2] ?? 'compare-results.json', 'utf8');
const { markdown, charts } = renderReport(JSON.parse(text) as CompareResults, 'benchmarks');
await mkdir(join(docs, 'benchmarks'), { recursive: true });
await writeFile(join(docs, 'benchmarks', 'compare-results.json'), text);
for (const [file, chart] of charts) await writeFile(join(docs, 'benchmarks', file), barChart(chart));
const page = await readFile(join(docs, 'benchmarks.md'), 'utf8');
const [before = '', rest = ''] = page.split(BEGIN);
const after = rest.split(END)[1];
if (after === undefined) throw new Error(`Expected docs/benchmarks.md to have ${BEGIN} and ${END}`);
await writeFile(join(docs, 'benchmarks.md'), `${before}${BEGIN}\n\n${markdown}\n\n${END}${after}`);
