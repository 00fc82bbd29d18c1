import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type KafkaServer, startKafkaServer } from '../../../scripts/services/kafka-server.ts';
import type { KafkaBroker } from '../../../src/broker/kafka/kafka-broker.ts';
import { openKafkaBroker } from '../../../src/broker/kafka/open-kafka-broker.ts';
import { type KafkaOptionInput, kafkaOptions } from '../../../src/config/kafka-options.ts';
import { parseOptions } from '../../../src/config/options.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { batchOf, createTopic, expectError, valuesOf } from '../broker-harness.ts';
import { type Certificates, createCertificates } from '../../support/certificates.ts';

const USER = 'alice';
const PASSWORD = 'right one=2';
const LOGIN = 'org.apache.kafka.common.security';

/** TLS and SASL, with connections of either library. */
export function describeKafkaSecurity(kafkaClient: 'platformatic' | 'kafkajs'): void {
  let folder: string;
  let certificates: Certificates;
  let server: KafkaServer;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-kafka-security-'));
    certificates = createCertificates(folder);
    const modules = {
      plain: `${LOGIN}.plain.PlainLoginModule required user_${USER}="${PASSWORD}";`,
      'scram-sha-256': `${LOGIN}.scram.ScramLoginModule required;`,
      'scram-sha-512': `${LOGIN}.scram.ScramLoginModule required;`,
      oauthbearer: `${LOGIN}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";`,
    };
    const logins = ['sasl', 'saslssl'].flatMap((listener) =>
      Object.entries(modules).map(([mechanism, module]) => [
        `listener.name.${listener}.${mechanism}.sasl.jaas.config`,
        module,
      ]),
    );
    server = await startKafkaServer({
      dataDirectory: join(folder, 'kafka'),
      listeners: { tls: 'SSL', mutual: 'SSL', sasl: 'SASL_PLAINTEXT', saslssl: 'SASL_SSL' },
      settings: {
        'ssl.keystore.type': 'PEM',
        'ssl.keystore.location': certificates.broker,
        'ssl.truststore.type': 'PEM',
        'ssl.truststore.location': certificates.authority,
        'listener.name.mutual.ssl.client.auth': 'required',
        'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
        'listener.name.saslssl.connections.max.reauth.ms': '1500',
        ...Object.fromEntries(logins),
      },
      formatArguments: ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
        '--add-scram',
        `${mechanism}=[name=${USER},password=${PASSWORD}]`,
      ]),
    });
    await writeFile(join(folder, 'password'), `${PASSWORD}\n`);
    await writeFile(join(folder, 'token'), unsecuredToken(USER));
  });

  afterAll(async () => {
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  function open(listener: string, options: KafkaOptionInput): Promise<KafkaBroker> {
    const kafka = server.bootstrap(listener);
    return openKafkaBroker(parseOptions(kafkaOptions, { kafka, kafkaClient, ...options }), { logger: silentLogger });
  }

  describe('TLS', () => {
    test('a broker whose authority is trusted is used', async () => {
      await expectUse(await open('tls', { kafkaTlsCaFile: certificates.authority }));
    });

    test('a broker whose authority is not trusted is refused', async () => {
      const error = await expectError(() => open('tls', { kafkaTls: true }), 'BROKER_TLS');
      expect(error.message).toContain('certificate');
    });

    test('a broker that wants a certificate gets ours', async () => {
      await expectUse(
        await open('mutual', {
          kafkaTlsCaFile: certificates.authority,
          kafkaTlsCertificateFile: certificates.clientCertificate,
          kafkaTlsKeyFile: certificates.clientKey,
        }),
      );
    });

    test('a broker that wants a certificate refuses us without one', async () => {
      await expectError(() => open('mutual', { kafkaTlsCaFile: certificates.authority }), 'BROKER_TLS');
    });

    test('speaking without TLS to a port with it says so', async () => {
      await expectError(() => open('tls', {}), 'BROKER_TLS');
    });
  });

  describe.each(['sasl', 'saslssl'])('SASL on listener %s', (listener) => {
    const tls = () => (listener === 'saslssl' ? { kafkaTlsCaFile: certificates.authority } : {});

    test.each(['plain', 'scram-sha-256', 'scram-sha-512'] as const)(
      '%s takes the right password',
      async (mechanism) => {
        const who = { kafkaSaslMechanism: mechanism, kafkaSaslUsername: USER };
        await expectUse(await open(listener, { ...tls(), ...who, kafkaSaslPassword: PASSWORD }));
        await expectUse(await open(listener, { ...tls(), ...who, kafkaSaslPasswordFile: join(folder, 'password') }));
      },
    );

    test.each(['plain', 'scram-sha-256', 'scram-sha-512'] as const)(
      '%s refuses a wrong password',
      async (mechanism) => {
        const who = { kafkaSaslMechanism: mechanism, kafkaSaslUsername: USER, kafkaSaslPassword: 'wrong' };
        const error = await expectError(() => open(listener, { ...tls(), ...who }), 'BROKER_AUTHENTICATION');
        expect(error.message).not.toContain('wrong');
      },
    );

    test('oauthbearer takes a token and refuses one that has run out', async () => {
      const token = { kafkaSaslMechanism: 'oauthbearer', kafkaSaslTokenFile: join(folder, 'token') } as const;
      await expectUse(await open(listener, { ...tls(), ...token }));
      await writeFile(join(folder, 'old'), unsecuredToken(USER, -60));
      const old = { ...token, kafkaSaslTokenFile: join(folder, 'old') };
      await expectError(() => open(listener, { ...tls(), ...old }), 'BROKER_AUTHENTICATION');
    });
  });

  test('connections go on when the broker wants them authenticated anew', async () => {
    const broker = await open('saslssl', {
      kafkaTlsCaFile: certificates.authority,
      kafkaSaslMechanism: 'scram-sha-512',
      kafkaSaslUsername: USER,
      kafkaSaslPassword: PASSWORD,
    });
    const topic = await createTopic(broker);
    const producer = await broker.openProducer();
    const endMs = performance.now() + 4000;
    let sent = 0;
    while (performance.now() < endMs) {
      const ends = await producer.send([batchOf(topic, 0, [String(sent)])]);
      sent += 1;
      expect(ends).toEqual([sent]);
    }
    expect(await valuesOf(broker, topic)).toHaveLength(sent);
    await broker.close();
  });

  describe('options that need others', () => {
    test.each<KafkaOptionInput>([
      { kafkaSaslMechanism: 'plain' },
      { kafkaSaslMechanism: 'plain', kafkaSaslUsername: USER },
      { kafkaSaslMechanism: 'oauthbearer' },
      { kafkaTlsKeyFile: 'there-is-none' },
      { kafkaTlsCaFile: 'there-is-none' },
      { kafka: null },
    ])('%o is refused', async (options) => {
      await expectError(() => open('plain', options), 'CONFIG_INVALID');
    });
  });
}

/** Writes and reads something. */
async function expectUse(broker: KafkaBroker): Promise<void> {
  const topic = await createTopic(broker);
  await (await broker.openProducer()).send([batchOf(topic, 0, ['a'])]);
  expect(await valuesOf(broker, topic)).toEqual(['a']);
  await broker.close();
}

/** A token without signature, which the brokers of these tests take. */
function unsecuredToken(subject: string, livesSeconds = 3600): string {
  const now = Math.floor(Date.now() / 1000);
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part({ sub: subject, iat: now - 120, exp: now + livesSeconds })}.`;
}
