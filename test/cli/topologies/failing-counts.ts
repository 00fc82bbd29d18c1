import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { string, topology } from 'millrace';

/** Said from outside, so that runs on one cluster do not meet. */
const name = process.env['COUNTS_NAME'] ?? 'failing-counts';
/** Where it notes how often it has failed. */
const notes = process.env['COUNTS_NOTES'] ?? '.';

/** What a worker does once at the first record of such a value: after that, at none. */
const failures: Readonly<Record<string, () => void>> = {
  throws: () => {
    throw new RangeError('as told');
  },
  exits: () => process.exit(3),
  crashes: () => void setImmediate(() => queueMicrotask(failures['throws'] as () => void)),
};

export default topology(name, (builder) => {
  builder
    .stream<string, string>(`${name}-words`, { keySerde: string(), valueSerde: string() })
    .peek((value) => {
      const fail = failures[value];
      const note = join(notes, value);
      if (fail === undefined || isMainThread || existsSync(note)) return;
      writeFileSync(note, '');
      fail();
    })
    .groupByKey()
    .count({ name: 'totals' })
    .toStream()
    .to(`${name}-totals`);
});
