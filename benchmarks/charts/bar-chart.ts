import { shortNumber, svgDocument, svgText } from './svg.ts';

/** Bars side by side in groups. */
export interface BarChart {
  readonly title: string;
  /** What the bars of a group are, in their order. */
  readonly series: readonly string[];
  readonly groups: readonly { readonly label: string; readonly values: readonly number[] }[];
}

const COLORS = ['#9aa5b1', '#2f6fde', '#7db7ff'];
const BAR_WIDTH = 34;
const GROUP_GAP = 30;
const MARGIN = 24;
const PLOT_HEIGHT = 220;
const TOP = 70;
const BOTTOM = 40;

/** Draws a chart as SVG. */
export function barChart({ title, series, groups }: BarChart): string {
  const groupWidth = series.length * BAR_WIDTH + GROUP_GAP;
  const width = Math.max(360, 2 * MARGIN + groups.length * groupWidth);
  const height = TOP + PLOT_HEIGHT + BOTTOM;
  const largest = Math.max(...groups.flatMap(({ values }) => values), Number.MIN_VALUE);
  const bars = groups.flatMap(({ label, values }, at) => {
    const left = MARGIN + at * groupWidth + GROUP_GAP / 2;
    const middle = left + (series.length * BAR_WIDTH) / 2;
    return [
      ...values.map((value, index) => bar({ value, index, largest, left })),
      svgText(label, { x: middle, y: TOP + PLOT_HEIGHT + 18, anchor: 'middle', size: 13 }),
    ];
  });
  const legend = series.flatMap((name, index) => [
    `<rect x="${MARGIN + index * 150}" y="36" width="12" height="12" fill="${COLORS[index]}"/>`,
    svgText(name, { x: MARGIN + 18 + index * 150, y: 47, anchor: 'start', size: 12 }),
  ]);
  const base = TOP + PLOT_HEIGHT;
  return svgDocument({ width, height }, [
    svgText(title, { x: MARGIN, y: 22, anchor: 'start', size: 15 }),
    ...legend,
    ...bars,
    `<line x1="${MARGIN}" y1="${base}" x2="${width - MARGIN}" y2="${base}" stroke="#444"/>`,
  ]);
}

function bar(drawn: { value: number; index: number; largest: number; left: number }): string {
  const { value, index, largest, left } = drawn;
  const length = Math.round((value / largest) * PLOT_HEIGHT);
  const x = left + index * BAR_WIDTH;
  const y = TOP + PLOT_HEIGHT - length;
  const rectangle = `<rect x="${x}" y="${y}" width="${BAR_WIDTH - 4}" height="${length}" fill="${COLORS[index]}"/>`;
  const label = { x: x + BAR_WIDTH / 2 - 2, y: y - 4, anchor: 'middle', size: 10 } as const;
  return `${rectangle}${svgText(shortNumber(value), label)}`;
}
