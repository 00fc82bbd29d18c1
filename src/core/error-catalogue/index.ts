import { brokerErrors } from './broker.ts';
import { cliErrors } from './cli.ts';
import { coreErrors } from './core.ts';
import { kafkaErrors } from './kafka.ts';
import { mysqlErrors } from './mysql.ts';
import { runtimeErrors } from './runtime.ts';
import { serdeErrors } from './serde.ts';
import { serverErrors } from './server.ts';
import { storeErrors } from './store.ts';
import { topologyErrors } from './topology.ts';

/** What an error code means, and what to do about it. `docs/errors.md` is made from these. */
export interface ErrorEntry {
  readonly cause: string;
  readonly remedy: string;
}

/** Every error that Millrace throws, by code. */
export const catalogue = {
  ...coreErrors,
  ...serdeErrors,
  ...storeErrors,
  ...brokerErrors,
  ...kafkaErrors,
  ...topologyErrors,
  ...mysqlErrors,
  ...runtimeErrors,
  ...serverErrors,
  ...cliErrors,
} as const satisfies Readonly<{ [code: string]: ErrorEntry }>;

/** A code of the catalogue. */
export type ErrorCode = keyof typeof catalogue;
