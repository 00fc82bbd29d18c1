import type { DashboardState } from './dashboard-state.ts';
import type { ViewTable } from './revenue-view.ts';
import type { DerivedRecord } from './topic-watcher.ts';

const graphemes = new Intl.Segmenter();

/** The room there is, in characters and lines. Lines that are wider are cut; what does not fit below is left out. */
export interface DashboardSize {
  readonly width: number;
  readonly height: number;
}

/** The dashboard as text, at most `height` lines of at most `width` characters. */
export function renderDashboard(state: DashboardState, { width, height }: DashboardSize): string {
  const [head, view] = [renderHead(state), renderView(state.view)];
  // What is left by the rest, a heading, two empty lines and the footer.
  const topicLines = Math.max(2, height - head.length - view.length - 4);
  const fixed = [...head, '', ...renderTopics(state, topicLines), '', ...view];
  const footer = 'Ctrl-C stops; npm start goes on from here; npm start -- --reset starts over';
  const room = height - fixed.length - 3;
  const recent = state.recent.slice(-Math.max(1, room)).map((record) => `  ${record.topic}  ${describeRecord(record)}`);
  const lines = room > 0 && recent.length > 0 ? [...fixed, '', 'Latest records', ...recent] : fixed;
  return [...lines.slice(0, height - 1), footer].map((line) => cut(line, width)).join('\n');
}

/** A record in one line: `key → value`, or `key ✕` for a tombstone. */
export function describeRecord({ key, value }: DerivedRecord): string {
  return value === null ? `${JSON.stringify(key)} ✕` : `${JSON.stringify(key)} → ${JSON.stringify(value)}`;
}

/** How far behind the source is, and each topology that is, in one line. */
export function describeLag({ lag }: DashboardState): string {
  const source = `source ${lag.sourceMs === null ? '–' : `${formatCount(lag.sourceMs)} ms`}`;
  const behind = lag.applications.filter(({ records }) => records > 0);
  const names = behind.map(({ name, records }) => `${name} ${formatCount(records)}`);
  const caughtUp = lag.applications.length - behind.length;
  return `lag: ${[source, ...(caughtUp > 0 ? [`${caughtUp} topologies none`] : []), ...names].join(' · ')}`;
}

/** A number with thousands separators, without fraction. */
export function formatCount(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function renderHead(state: DashboardState): readonly string[] {
  const rate = `${state.changesPerSecond.toFixed(1)}/s`;
  return [
    `Millrace  ${state.server}  up ${formatDuration(state.upMs)}`,
    `MySQL     ${formatCount(state.changes)} row changes, ${rate}`,
    describeLag(state),
  ];
}

/** Where there is no room for all, the last line says how many are left out. */
function renderTopics({ topics }: DashboardState, lines: number): readonly string[] {
  const shown = topics.length <= lines ? topics : topics.slice(0, lines - 1);
  const width = Math.max(14, ...topics.map(({ name }) => name.length));
  const line = ([name = '', records = '', rate = '', last = '']: readonly string[]): string =>
    `${name.padEnd(width)} ${records.padStart(10)} ${rate.padStart(8)}  ${last}`.trimEnd();
  return [
    line(['Derived topics', 'records', '/s', 'last record']),
    ...shown.map(({ name, records, recordsPerSecond, last }) =>
      line([name, formatCount(records), recordsPerSecond.toFixed(1), last === null ? '' : describeRecord(last)]),
    ),
    ...(shown.length < topics.length ? [`and ${topics.length - shown.length} more`] : []),
  ];
}

function renderView(view: ViewTable): readonly string[] {
  const widths = view.header.map((name, column) =>
    Math.max(name.length, ...view.rows.map(({ cells }) => cells[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ');
  return [
    `${view.title}${view.rows.length === 0 ? ': nothing yet' : ''}`,
    ...(view.rows.length === 0 ? [] : [`  ${line(view.header)}`]),
    ...view.rows.map(({ cells, changed }) => `${changed ? '•' : ' '} ${line(cells)}`),
  ];
}

function formatDuration(durationMs: number): string {
  const seconds = Math.floor(durationMs / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}

/** By characters as one sees them. What a record holds may not move the cursor. */
function cut(line: string, width: number): string {
  const characters = Array.from(graphemes.segment(line.replaceAll(/\p{Cc}/gu, ' ')), ({ segment }) => segment);
  return characters.length <= width ? characters.join('') : `${characters.slice(0, width - 1).join('')}…`;
}
