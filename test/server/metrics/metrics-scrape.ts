import { expect } from 'vitest';
import { type MetricDeclaration, metricDeclarations } from '../../../src/server/metrics/metric-declarations.ts';

/** Reads a page of metrics: values by name and labels, as they stand there. Each must be declared, with the labels it has. */
export function valuesOf(page: string): ReadonlyMap<string, number> {
  const values = new Map<string, number>();
  for (const line of page.trimEnd().split('\n')) {
    if (line.startsWith('# ')) continue;
    const [, name = '', labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    const declared = declarationOf(name);
    expect(
      [...labels.matchAll(/(\w+)="/g)].map(([, label]) => label),
      line,
    ).toEqual(declared.labels);
    values.set(line.slice(0, line.lastIndexOf(' ')), Number(value));
  }
  return values;
}

function declarationOf(name: string): MetricDeclaration {
  const declarations: Readonly<{ [name: string]: MetricDeclaration }> = metricDeclarations;
  const found = declarations[name] ?? declarations[name.replace(/_(count|sum)$/, '')];
  if (found === undefined) throw new Error(`Expected a metric that is declared, got ${name}`);
  return found;
}
