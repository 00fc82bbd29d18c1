/** A process to be killed: overwrites the same keys batch after batch, and says each batch that was acknowledged. */
import { levelDbBackend } from '../../../src/store/leveldb/leveldb-backend.ts';
import { batchOf, SMALL_FILES } from './leveldb-samples.ts';

const engine = await levelDbBackend(SMALL_FILES).open(process.argv[2] as string);
for (let position = (engine.position ?? 0) + 1; ; position++) {
  await engine.write(batchOf(position), position);
  process.stdout.write(`${position}\n`);
}
