/** One header: names may repeat and their order counts; the value is bytes, or null. */
export type Header = readonly [name: string, value: Buffer | null];

/** The headers of a record, in order. Never changed in place. */
export type Headers = readonly Header[];

/** The headers of a record that has none: shared, so that it costs nothing. */
export const NO_HEADERS: Headers = Object.freeze([]);
