// Writes what was measured into docs/benchmarks.md and docs/benchmarks/: the results of `npm run bench:compare` and of
// `npm run bench:growth`, whichever of their files are there, or those given.
//
//   npm run bench:report -- [compare-results.json] [growth-results.json]

import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { barChart } from './charts/bar-chart.ts';
import { lineChart } from './charts/line-chart.ts';
import type { CompareResults } from './compare/compare-results.ts';
import type { GrowthResults } from './compare/growth/growth-results.ts';
import { renderGrowth } from './compare/report/growth-report.ts';
import { renderReport } from './compare/report/render-report.ts';
import { writeSection } from './compare/report/write-section.ts';

const CHARTS = 'benchmarks';

const docs = join(import.meta.dirname, '../docs');
const given = process.argv.slice(2);
const files =
  given.length > 0 ? given : ['compare-results.json', 'growth-results.json'].filter((file) => existsSync(file));
if (files.length === 0) throw new Error('Expected results of bench:compare or bench:growth here, got none');
await mkdir(join(docs, CHARTS), { recursive: true });
for (const file of files) {
  const text = await readFile(file, 'utf8');
  const results = JSON.parse(text) as CompareResults | GrowthResults;
  if ('steps' in results) await reportGrowth(results, text);
  else await reportComparison(results, text);
}

async function reportComparison(results: CompareResults, text: string): Promise<void> {
  const { markdown, charts } = renderReport(results, CHARTS);
  await writeFile(join(docs, CHARTS, 'compare-results.json'), text);
  for (const [name, chart] of charts) await writeFile(join(docs, CHARTS, name), barChart(chart));
  await writeSection(join(docs, 'benchmarks.md'), 'compare', markdown);
}

async function reportGrowth(results: GrowthResults, text: string): Promise<void> {
  const { markdown, charts } = renderGrowth(results, CHARTS);
  await writeFile(join(docs, CHARTS, 'growth-results.json'), text);
  for (const [name, chart] of charts) await writeFile(join(docs, CHARTS, name), lineChart(chart));
  await writeSection(join(docs, 'benchmarks.md'), 'growth', markdown);
}
