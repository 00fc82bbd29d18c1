import type { Broker } from '../../broker/port.ts';
import type { Logger } from '../../core/logger.ts';
import { RowFormat } from '../../mysql/format/row-format.ts';
import { CaptureElection } from '../../mysql/source/capture-election.ts';
import { MySqlSource, type MySqlSourceOptions } from '../../mysql/source/mysql-source.ts';
import type { SchemaRegistry } from '../../serde/registry/schema-registry.ts';

/** What a capture needs besides its plan. */
export interface CaptureSurroundings {
  readonly broker: Broker;
  readonly partitions: number;
  readonly logger: Logger;
}

/** What is captured; rows are JSON, or what its format says. */
type CapturePlan = Omit<MySqlSourceOptions, keyof CaptureSurroundings>;

/** The capture of a plan: here, or in another process that has the same prefix on the same broker. */
export function captureOf(
  plan: CapturePlan,
  {
    rowRegistry,
    ...surroundings
  }: CaptureSurroundings & {
    /** The registry for rows that are written as Avro; null writes JSON. */
    readonly rowRegistry: SchemaRegistry | null;
  },
): CaptureElection {
  const { topicPrefix, tables } = plan;
  const format = plan.format ?? new RowFormat(topicPrefix, rowRegistry);
  return new CaptureElection({
    ...surroundings,
    topicPrefix,
    topics: tables.map((table) => format.topicOf(table)),
    createSource: (isTakeOver) =>
      new MySqlSource({ ...plan, format, ...(isTakeOver && { resnapshot: [] }), ...surroundings }),
  });
}
