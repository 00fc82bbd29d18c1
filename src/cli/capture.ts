import type { Broker } from '../broker/port.ts';
import type { Logger } from '../core/logger.ts';
import { RowFormat } from '../mysql/format/row-format.ts';
import { CaptureElection } from '../mysql/source/capture-election.ts';
import { MySqlSource, type MySqlSourceOptions } from '../mysql/source/mysql-source.ts';

/** What a capture needs besides its plan. */
export interface CaptureSurroundings {
  readonly broker: Broker;
  readonly partitions: number;
  readonly logger: Logger;
}

/** The capture of a plan: here, or in another process that has the same prefix on the same broker. */
export function captureOf(
  plan: Omit<MySqlSourceOptions, keyof CaptureSurroundings>,
  surroundings: CaptureSurroundings,
): CaptureElection {
  const { topicPrefix, tables } = plan;
  const format = plan.format ?? new RowFormat(topicPrefix);
  return new CaptureElection({
    ...surroundings,
    topicPrefix,
    topics: tables.map((table) => format.topicOf(table)),
    createSource: (isTakeOver) => new MySqlSource({ ...plan, ...(isTakeOver && { resnapshot: [] }), ...surroundings }),
  });
}
