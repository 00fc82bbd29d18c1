import type { ConnectSchema } from './connect-schema.ts';

/** A type of values: its schema, and how the row format's text becomes it. */
export interface ValueType {
  readonly schema: Omit<ConnectSchema, 'optional' | 'default'>;
  readonly convert?: (text: string) => string;
}
