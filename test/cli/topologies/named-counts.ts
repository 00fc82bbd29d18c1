import { string, topology } from 'millrace';

/** Said from outside, so that runs on one cluster do not meet. */
const name = process.env['COUNTS_NAME'] ?? 'named-counts';

export default topology(name, (builder) => {
  builder
    .stream<string, string>(`${name}-words`, { keySerde: string(), valueSerde: string() })
    .groupByKey()
    .count({ name: 'totals' })
    .toStream()
    .to(`${name}-totals`);
});
