import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EmbeddedBroker } from '../../../src/broker/embedded/embedded-broker.ts';
import { valuesOf } from '../broker-harness.ts';
import { temporaryDirectory } from './embedded-harness.ts';

const CHILD = join(import.meta.dirname, 'full-disk-child.ts');

test.runIf(process.platform === 'linux')(
  'a write that the system takes only in part is refused with a clear error and loses nothing',
  async () => {
    await using directory = await temporaryDirectory();
    // Files may not grow beyond 100 blocks of 1024 bytes; without the signal, the write in between is cut short as on a full disk.
    const command = `trap '' XFSZ; ulimit -f 100; exec "$0" --conditions=millrace-source "$1" "$2"`;
    const output = await new Promise<string>((resolve) => {
      execFile('bash', ['-c', command, process.execPath, CHILD, directory.path], (_error, stdout, stderr) =>
        resolve(stdout || stderr),
      );
    });
    const told = JSON.parse(output) as {
      acknowledged: number;
      readable: number;
      code: string;
      message: string;
      remedy: string;
    };
    expect(told).toMatchObject({ code: 'BROKER_STORAGE', readable: told.acknowledged });
    expect(told.acknowledged).toBeGreaterThan(50);
    expect(told.message).toMatch(/^Expected to write .*\.log, got EFBIG$/);
    expect(told.remedy).toContain('Free space');
    const broker = await EmbeddedBroker.open({ directory: directory.path });
    expect(await valuesOf(broker, 'numbers')).toHaveLength(told.acknowledged);
    const producer = await broker.openTransactionalProducer('numbers');
    await producer.send([
      {
        topic: 'numbers',
        partition: 0,
        records: [{ key: null, value: Buffer.from('more'), timestamp: 0, headers: [] }],
      },
    ]);
    expect((await producer.commit()).get('numbers-0')).toBe(told.acknowledged + 1);
    await broker.close();
  },
);
