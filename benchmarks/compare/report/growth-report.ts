import type { LineChart } from '../../charts/line-chart.ts';
import { programs } from '../../streams/programs.ts';
import type { GrowthResults, GrowthStep } from '../growth/growth-results.ts';
import { machineText } from '../machine.ts';

const CHART = 'cost-over-growth.svg';

/** Writes out how the cost of a record grew: text in Markdown, and its chart by the name of its file in `chartFolder`. */
export function renderGrowth(
  { machine, scenario, guarantee, steps }: GrowthResults,
  chartFolder: string,
): { readonly markdown: string; readonly charts: ReadonlyMap<string, LineChart> } {
  const updates = steps[0]?.updates ?? 0;
  const title = `(${scenario}): µs CPU per record over the rows of its state`;
  const line = (name: string, figure: keyof GrowthStep): LineChart['series'][number] => ({
    name,
    points: steps.map((step) => [step.rows, step[figure]] as const),
  });
  const chart: LineChart = {
    title,
    xLabel: 'rows of the table of orders',
    series: [
      line('updates at this size', 'updateCpuMicrosPerRecord'),
      line('all since the size before', 'fillCpuMicrosPerRecord'),
    ],
  };
  const header = [
    '| rows | µs CPU an update | over the first | µs CPU a record since the size before | of all so far | peak MB |',
    '|---|---|---|---|---|---|',
  ];
  const markdown = [
    `${machineText(machine)}; load average of the 15 minutes before: ${machine.loadBefore}. (${scenario}) ${programs[scenario]?.title}, ${guarantee}, one thread; ${updates.toLocaleString('en')} updates of random rows measured at each size.`,
    [...header, ...steps.map((step) => growthRow(step, steps[0] as GrowthStep))].join('\n'),
    `![${title}](${chartFolder}/${CHART})`,
  ].join('\n\n');
  return { markdown, charts: new Map([[CHART, chart]]) };
}

function growthRow(step: GrowthStep, first: GrowthStep): string {
  const cells = [
    step.rows.toLocaleString('en'),
    step.updateCpuMicrosPerRecord.toFixed(1),
    (step.updateCpuMicrosPerRecord / first.updateCpuMicrosPerRecord).toFixed(2),
    step.fillCpuMicrosPerRecord.toFixed(1),
    step.wholeCpuMicrosPerRecord.toFixed(1),
    (step.peakBytes / 1e6).toFixed(0),
  ];
  return `| ${cells.join(' | ')} |`;
}
