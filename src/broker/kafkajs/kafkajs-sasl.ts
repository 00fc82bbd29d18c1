import type { AuthenticationProviderArgs, KafkaConfig } from 'kafkajs';
import { MillraceError } from '../../core/millrace-error.ts';
import type { KafkaSecurity } from '../kafka/kafka-security.ts';

type Sasl = NonNullable<KafkaSecurity['sasl']>;
type KafkajsSasl = NonNullable<KafkaConfig['sasl']>;

/** Bytes that frame what SASL exchanges: a length. */
const LENGTH_BYTES = 4;

/** SASL as kafkajs takes it. Passwords and tokens are read now, for one connection. Throws CONFIG_INVALID. */
export async function kafkajsSasl(sasl: Sasl): Promise<KafkajsSasl> {
  if (sasl.mechanism === 'OAUTHBEARER') {
    return { mechanism: sasl.mechanism, authenticationProvider: (args) => oauthBearer(sasl, args) };
  }
  const [username, password] = await Promise.all([secret(sasl.username), secret(sasl.password)]);
  return { mechanism: sasl.mechanism.toLowerCase() as 'plain', username, password };
}

/** kafkajs' own takes a refusal for success: a broker says it in what else would be empty (RFC 7628). */
function oauthBearer(
  { token }: Sasl,
  { saslAuthenticate }: AuthenticationProviderArgs,
): { authenticate(): Promise<void> } {
  return {
    async authenticate() {
      const first = Buffer.from(`n,,\u0001auth=Bearer ${await secret(token)}\u0001\u0001`);
      const length = Buffer.alloc(LENGTH_BYTES);
      length.writeInt32BE(first.length);
      const answer = await saslAuthenticate({
        request: { encode: () => Buffer.concat([length, first]) },
        response: { decode: async (bytes) => bytes, parse: async (bytes: Buffer) => bytes },
      });
      if (answer !== undefined && answer.length > LENGTH_BYTES) {
        throw new MillraceError('BROKER_AUTHENTICATION', 'Expected the broker to know us, got: the token was refused');
      }
    },
  };
}

/** kafkajs writes secrets as text, and null as "null". */
async function secret(given: Sasl['password']): Promise<string> {
  return (typeof given === 'function' ? await given() : given) ?? '';
}
