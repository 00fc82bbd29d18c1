import { cp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, afterAll, describe, expect, test } from 'vitest';
import { levelDbBackend } from '../../../src/store/leveldb/leveldb-backend.ts';
import { temporaryDirectory, type TemporaryDirectory } from '../temporary-directory.ts';
import { batchesIn, batchOf, SMALL_FILES } from './leveldb-samples.ts';

const LAST_POSITION = 25;
const backend = levelDbBackend(SMALL_FILES);

describe('a LevelDB store whose files were damaged', () => {
  let original: TemporaryDirectory;

  beforeAll(async () => {
    original = await temporaryDirectory();
    const engine = await backend.open(original.path);
    for (let position = 1; position < LAST_POSITION; position++) await engine.write(batchOf(position), position);
    await engine.close();
    const reopened = await backend.open(original.path);
    await reopened.write(batchOf(LAST_POSITION), LAST_POSITION);
    await reopened.close();
  });

  afterAll(() => original[Symbol.asyncDispose]());

  test.each([
    { kind: 'table', name: /\.ldb$/ },
    { kind: 'manifest', name: /^MANIFEST/ },
    { kind: 'current', name: /^CURRENT$/ },
    { kind: 'checksums', name: /^table-checksums$/ },
  ])('a flipped bit in a $kind file is STORE_CORRUPTED', async ({ name }) => {
    for (const fraction of [0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.999]) {
      await using copy = await damagedCopy(original.path, name, (bytes) => flip(bytes, fraction));
      await expect(backend.open(copy.path)).rejects.toMatchObject({ code: 'STORE_CORRUPTED' });
    }
  });

  test('a flipped bit in the log is STORE_CORRUPTED, or the store is at a whole earlier commit', async () => {
    for (let round = 0; round < 20; round++) {
      await using copy = await damagedCopy(original.path, /\.log$/, (bytes) => flip(bytes, round / 20));
      await expectWholeOrCorrupted(copy.path);
    }
  });

  test('a log that was cut off is at the commit before', async () => {
    await using copy = await damagedCopy(original.path, /\.log$/, (bytes) => bytes.subarray(0, bytes.length - 10));
    const engine = await backend.open(copy.path);
    expect(engine.position).toBe(LAST_POSITION - 1);
    expect([...batchesIn(engine)]).toEqual([LAST_POSITION - 1]);
    await engine.close();
  });

  test('a missing table is STORE_CORRUPTED', async () => {
    await using copy = await damagedCopy(original.path, /^LOG$/, (bytes) => bytes);
    const table = (await readdir(copy.path)).find((name) => name.endsWith('.ldb')) as string;
    await rm(join(copy.path, table));
    await expect(backend.open(copy.path)).rejects.toMatchObject({ code: 'STORE_CORRUPTED' });
  });

  test('a manifest cut to nothing is STORE_CORRUPTED', async () => {
    await using copy = await damagedCopy(original.path, /^LOG$/, (bytes) => bytes);
    const manifest = (await readdir(copy.path)).find((name) => name.startsWith('MANIFEST')) as string;
    await truncate(join(copy.path, manifest));
    await expect(backend.open(copy.path)).rejects.toMatchObject({ code: 'STORE_CORRUPTED' });
  });

  test('destroying a damaged store makes room for a new one', async () => {
    await using copy = await damagedCopy(original.path, /\.ldb$/, (bytes) => flip(bytes, 0.5));
    await backend.destroy(copy.path);
    const engine = await backend.open(copy.path);
    expect(engine.position).toBeNull();
    await engine.close();
  });
});

test('a directory that is a file is STORE_STORAGE', async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, 'file');
  await writeFile(path, '');
  await expect(backend.open(path)).rejects.toMatchObject({ code: 'STORE_STORAGE' });
});

async function damagedCopy(
  original: string,
  name: RegExp,
  damage: (bytes: Buffer) => Buffer,
): Promise<TemporaryDirectory> {
  const copy = await temporaryDirectory();
  await cp(original, copy.path, { recursive: true });
  const file = join(copy.path, (await readdir(copy.path)).find((found) => name.test(found)) as string);
  await writeFile(file, damage(await readFile(file)));
  return copy;
}

function flip(bytes: Buffer, fraction: number): Buffer {
  const at = Math.floor(bytes.length * fraction);
  bytes.writeUInt8((bytes[at] as number) ^ 4, at);
  return bytes;
}

async function expectWholeOrCorrupted(directory: string): Promise<void> {
  const opened = await backend.open(directory).catch((error: unknown) => error as { readonly code: string });
  if ('code' in opened) {
    expect(opened.code).toBe('STORE_CORRUPTED');
    return;
  }
  expect([...batchesIn(opened)]).toEqual([opened.position]);
  await opened.close();
}
