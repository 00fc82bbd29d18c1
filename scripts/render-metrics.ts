import { type MetricDeclaration, metricDeclarations } from '../src/server/metrics/metric-declarations.ts';

/** `docs/metrics.md`: every metric of `/metrics`. */
export function renderMetrics(): string {
  const rows = Object.entries<MetricDeclaration>(metricDeclarations).map(
    ([name, { kind, labels, help }]) =>
      `| \`${name}\` | ${kind} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help} |`,
  );
  return [
    '# Metrics\n',
    'Made by `npm run docs` from `src/server/metrics/`; do not edit.\n',
    '`GET /metrics` of the HTTP API (`millrace run`, `millrace mysql run`) answers in the text format of Prometheus, with the bearer token where one is set. All counts are of this process since its start. They are read when they are asked for, and what needs the MySQL server waits two seconds for it at most. A summary has `_count` and `_sum`: their rates are rate and time, their quotient the mean.\n',
    '| metric | kind | labels | |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
