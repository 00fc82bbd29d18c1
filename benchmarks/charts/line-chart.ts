import { shortNumber, svgDocument, svgText } from './svg.ts';

/** Lines over a logarithmic scale. */
export interface LineChart {
  readonly title: string;
  /** What the scale below counts. */
  readonly xLabel: string;
  readonly series: readonly { readonly name: string; readonly points: readonly (readonly [x: number, y: number])[] }[];
}

const COLORS = ['#2f6fde', '#9aa5b1', '#e07b39'];
const WIDTH = 640;
const HEIGHT = 340;
const LEFT = 50;
const RIGHT = 30;
const TOP = 70;
const BOTTOM = 50;
const Y_TICKS = 4;
const LEGEND_WIDTH = 200;

/** Draws a chart as SVG; the scale of the values begins at 0. */
export function lineChart({ title, xLabel, series }: LineChart): string {
  const points = series.flatMap((line) => line.points);
  const xs = [...new Set(points.map(([x]) => x))].toSorted((one, other) => one - other);
  const largest = Math.max(...points.map(([, y]) => y), Number.MIN_VALUE) * 1.1;
  const [first = 1, last = 1] = [xs[0], xs.at(-1)];
  const span = Math.log10(last / first) || 1;
  const xOf = (x: number): number => LEFT + (Math.log10(x / first) / span) * (WIDTH - LEFT - RIGHT);
  const yOf = (y: number): number => HEIGHT - BOTTOM - (y / largest) * (HEIGHT - TOP - BOTTOM);
  return svgDocument({ width: WIDTH, height: HEIGHT }, [
    svgText(title, { x: 24, y: 22, anchor: 'start', size: 15 }),
    ...Array.from({ length: Y_TICKS + 1 }, (_, tick) => yTick((largest * tick) / Y_TICKS, yOf)),
    ...xs.map((x) => svgText(shortNumber(x), { x: xOf(x), y: HEIGHT - BOTTOM + 18, anchor: 'middle', size: 12 })),
    svgText(xLabel, { x: (LEFT + WIDTH - RIGHT) / 2, y: HEIGHT - 10, anchor: 'middle', size: 12 }),
    ...series.flatMap((line, index) => lineParts(line, index, { xOf, yOf })),
  ]);
}

type Scale = (value: number) => number;

function yTick(value: number, yOf: Scale): string {
  const y = round(yOf(value));
  const line = `<line x1="${LEFT}" y1="${y}" x2="${WIDTH - RIGHT}" y2="${y}" stroke="${value === 0 ? '#444' : '#ddd'}"/>`;
  return `${line}${svgText(shortNumber(value), { x: LEFT - 6, y: y + 4, anchor: 'end', size: 11 })}`;
}

function lineParts(
  { name, points }: LineChart['series'][number],
  index: number,
  { xOf, yOf }: { xOf: Scale; yOf: Scale },
): string[] {
  const color = COLORS[index % COLORS.length] as string;
  const at = points.map(([x, y]) => [round(xOf(x)), round(yOf(y))] as const);
  const legendX = 24 + index * LEGEND_WIDTH;
  return [
    `<rect x="${legendX}" y="36" width="12" height="12" fill="${color}"/>`,
    svgText(name, { x: legendX + 18, y: 47, anchor: 'start', size: 12 }),
    `<polyline points="${at.map((point) => point.join(',')).join(' ')}" fill="none" stroke="${color}" stroke-width="2"/>`,
    ...at.map(([x, y]) => `<circle cx="${x}" cy="${y}" r="3" fill="${color}"/>`),
  ];
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
