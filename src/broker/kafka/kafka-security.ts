import { AuthenticationError, type ConnectionOptions } from '@platformatic/kafka';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { KafkaOptions } from '../../config/kafka-options.ts';
import { MillraceError } from '../../core/millrace-error.ts';

/** TLS and SASL, as the client library takes them. */
export type KafkaSecurity = Pick<ConnectionOptions, 'tls' | 'sasl'>;

type Sasl = NonNullable<ConnectionOptions['sasl']>;

/**
 * TLS and SASL of the options. Certificates are read now, passwords and tokens at each connection. Throws CONFIG_INVALID
 * where one option needs another, or a file cannot be read.
 */
export function kafkaSecurity(options: KafkaOptions): KafkaSecurity {
  const tls = tlsOf(options);
  const sasl = saslOf(options);
  return { ...(tls === undefined ? {} : { tls }), ...(sasl === undefined ? {} : { sasl }) };
}

function tlsOf(options: KafkaOptions): ConnectionOptions['tls'] {
  const { kafkaTls, kafkaTlsCaFile, kafkaTlsCertificateFile, kafkaTlsKeyFile, kafkaTlsKeyPassword } = options;
  const isOn = kafkaTls || kafkaTlsCaFile !== null || kafkaTlsCertificateFile !== null;
  if ((kafkaTlsCertificateFile === null) !== (kafkaTlsKeyFile === null)) {
    throw missing('kafkaTlsCertificateFile` and `kafkaTlsKeyFile', 'together or not at all', 'one of them');
  }
  if (!isOn) return undefined;
  return {
    ...(kafkaTlsCaFile === null ? {} : { ca: readPem('kafkaTlsCaFile', kafkaTlsCaFile) }),
    ...(kafkaTlsCertificateFile === null || kafkaTlsKeyFile === null
      ? {}
      : {
          cert: readPem('kafkaTlsCertificateFile', kafkaTlsCertificateFile),
          key: readPem('kafkaTlsKeyFile', kafkaTlsKeyFile),
        }),
    ...(kafkaTlsKeyPassword === null ? {} : { passphrase: kafkaTlsKeyPassword }),
  };
}

function saslOf(options: KafkaOptions): Sasl | undefined {
  const { kafkaSaslMechanism, kafkaSaslUsername, kafkaSaslPassword, kafkaSaslPasswordFile, kafkaSaslTokenFile } =
    options;
  if (kafkaSaslMechanism === null) return undefined;
  const mechanism = kafkaSaslMechanism.toUpperCase() as Sasl['mechanism'];
  if (kafkaSaslMechanism === 'oauthbearer') {
    if (kafkaSaslTokenFile === null) throw missing('kafkaSaslTokenFile', 'given for `oauthbearer`', 'none');
    return {
      mechanism,
      token: () => readSecret('kafkaSaslTokenFile', kafkaSaslTokenFile),
      // A broker that refuses a token says so in what else would be empty (RFC 7628).
      authBytesValidator: (answer, callback) => {
        if (answer.length === 0) callback(null, answer);
        else callback(new AuthenticationError('the token was refused'));
      },
    };
  }
  if (kafkaSaslUsername === null) throw missing('kafkaSaslUsername', `given for \`${kafkaSaslMechanism}\``, 'none');
  if (kafkaSaslPasswordFile !== null) {
    const password = () => readSecret('kafkaSaslPasswordFile', kafkaSaslPasswordFile);
    return { mechanism, username: kafkaSaslUsername, password };
  }
  if (kafkaSaslPassword === null) {
    throw missing('kafkaSaslPassword` or `kafkaSaslPasswordFile', `given for \`${kafkaSaslMechanism}\``, 'neither');
  }
  return { mechanism, username: kafkaSaslUsername, password: kafkaSaslPassword };
}

function readPem(option: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw unreadable(option, path, error);
  }
}

async function readSecret(option: string, path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    throw unreadable(option, path, error);
  }
}

function missing(option: string, expected: string, got: string): MillraceError {
  return new MillraceError('CONFIG_INVALID', `Expected \`${option}\` to be ${expected}, got ${got}`);
}

function unreadable(option: string, path: string, cause: unknown): MillraceError {
  const { code = String(cause) } = cause as { code?: string };
  return new MillraceError('CONFIG_INVALID', `Expected \`${option}\` to be a file that can be read, got ${code}`, {
    cause,
    context: { file: path },
  });
}
