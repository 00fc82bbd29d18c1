import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { levelDbBackend } from '../../../src/store/leveldb/leveldb-backend.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { batchesIn, SMALL_FILES } from './leveldb-samples.ts';

const WRITER = fileURLToPath(new URL('killed-writer.ts', import.meta.url));

test('a writer killed at any moment leaves whole batches with their position', { timeout: 240_000 }, async () => {
  await using directory = await temporaryDirectory();
  for (const batchesBeforeKill of [1, 3, 7, 20, 45, 60]) {
    const acknowledged = await writeUntilKilled(directory.path, batchesBeforeKill);
    const engine = await levelDbBackend(SMALL_FILES).open(directory.path);
    const position = engine.position as number;
    expect(position).toBeGreaterThanOrEqual(acknowledged);
    expect([...batchesIn(engine)]).toEqual([position]);
    await engine.close();
  }
});

test('a directory that another process has open is locked', async () => {
  await using directory = await temporaryDirectory();
  const writer = spawn(process.execPath, [WRITER, directory.path], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(writer.stdout, 'data');
  await expect(levelDbBackend().open(directory.path)).rejects.toMatchObject({ code: 'STORE_LOCKED' });
  await expect(levelDbBackend().destroy(directory.path)).rejects.toMatchObject({ code: 'STORE_LOCKED' });
  const closed = once(writer, 'close');
  writer.stdout.resume();
  writer.kill('SIGKILL');
  await closed;
});

/** Returns the last position that the writer had acknowledged. */
async function writeUntilKilled(directory: string, batches: number): Promise<number> {
  const writer = spawn(process.execPath, [WRITER, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(writer, 'close');
  let acknowledged = 0;
  let count = 0;
  for await (const line of createInterface({ input: writer.stdout })) {
    acknowledged = Number(line);
    if (++count === batches) writer.kill('SIGKILL');
  }
  await closed;
  expect(count).toBeGreaterThanOrEqual(batches);
  return acknowledged;
}
