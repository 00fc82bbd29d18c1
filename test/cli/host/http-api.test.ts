import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { HttpApi } from '../../../src/cli/host/http-api.ts';
import { statusCommand } from '../../../src/cli/commands/status-command.ts';
import type { ServerOptionInput } from '../../../src/config/server-options.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { Peers } from '../../../src/server/queries/peers.ts';
import { createCertificates } from '../../support/certificates.ts';

function open(input: ServerOptionInput, applicationServer: string | null = null): Promise<HttpApi | null> {
  return HttpApi.open({ input, applicationServer, source: () => null, logger: silentLogger });
}

test('others can only be let in with a token, and HTTPS needs key and certificate', async () => {
  await expect(open({ httpHost: '0.0.0.0', httpPort: 0 })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('httpToken'),
  });
  await expect(open({ httpTlsCert: 'cert.pem' })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  await expect(open({ httpTlsCert: '/none.pem', httpTlsKey: '/none.pem' })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('/none.pem'),
  });
});

test('it can be off, and a port that is given must be free', async () => {
  expect(await open({ httpApi: false })).toBeNull();
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const { port } = taken.address() as { port: number };
  await expect(open({ httpPort: port })).rejects.toMatchObject({ code: 'HTTP_PORT_UNAVAILABLE' });
  await new Promise((resolve) => taken.close(resolve));
});

test('without a port there is always one; others are told where', async () => {
  const [first, second] = [await open({}), await open({}, '10.0.0.7:80')];
  expect(first?.url).not.toBe(second?.url);
  expect(first?.endpoint).toBe(new URL(first?.url as string).host);
  expect(second?.endpoint).toBe('10.0.0.7:80');
  await first?.close();
  await second?.close();
});

test('instances and commands ask over HTTPS whom they believe', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-http-'));
  const { authority, broker } = createCertificates(folder);
  const api = (await open({ httpPort: 0, httpTlsCert: broker, httpTlsKey: broker })) as HttpApi;
  const { url, endpoint } = api;

  expect(url).toMatch(/^https:/);
  const believing = await statusCommand({ url, server: { httpTlsCa: authority }, format: 'json' });
  expect(JSON.parse(believing)).toMatchObject({ instances: [{ endpoint }] });
  await expect(statusCommand({ url, server: {}, format: 'json' })).rejects.toMatchObject({
    code: 'HTTP_REQUEST_FAILED',
  });
  const peers = new Peers({ tls: {}, timeoutMs: 1000 });
  await expect(peers.get(endpoint, { path: '/health', headers: {} })).rejects.toMatchObject({
    code: 'QUERY_UNAVAILABLE',
  });
  peers.close();
  await api.close();
  await rm(folder, { recursive: true });
});
