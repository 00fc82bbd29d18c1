import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { renderConfiguration } from '../../scripts/render-configuration.ts';
import { renderErrors } from '../../scripts/render-errors.ts';
import { renderMetrics } from '../../scripts/render-metrics.ts';
import { renderOpenApi } from '../../scripts/render-openapi.ts';
import { optionGroups } from '../../src/config/option-groups.ts';

const docs = join(import.meta.dirname, '..', '..', 'docs');

test('docs/errors.md is what "npm run docs" makes', () => {
  expect(readFileSync(join(docs, 'errors.md'), 'utf8')).toBe(renderErrors());
});

test('docs/configuration.md is what "npm run docs" makes', () => {
  expect(readFileSync(join(docs, 'configuration.md'), 'utf8')).toBe(renderConfiguration());
});

test('docs/openapi.json is what "npm run docs" makes', () => {
  expect(readFileSync(join(docs, 'openapi.json'), 'utf8')).toBe(renderOpenApi());
});

test('docs/metrics.md is what "npm run docs" makes', () => {
  expect(readFileSync(join(docs, 'metrics.md'), 'utf8')).toBe(renderMetrics());
});

test('every option stands in docs/configuration.md, with its default', () => {
  const text = renderConfiguration();
  for (const name of optionGroups.flatMap((group) => Object.keys(group.options)))
    expect(text).toContain(`### ${name}\n`);
  expect(text).toContain('| `--fetch-max` | `MILLRACE_FETCH_MAX_BYTES` | `4MiB` | an integer >= 1 |');
  expect(text).toContain('| `--mysql` | `MILLRACE_MYSQL_URL` | must be given |');
});
