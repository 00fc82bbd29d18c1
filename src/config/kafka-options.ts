import { z } from 'zod';
import { seconds } from '../core/duration.ts';
import { option, optionGroup, type OptionInput, type OptionValues } from './option.ts';

const file = z.string().min(1).nullable();

/** Which Kafka cluster is used, and how to get in. */
export const kafkaOptions = optionGroup({
  name: 'Kafka',
  description: 'Which Kafka cluster is used, and how to get in. Without `kafka` the embedded broker serves.',
  options: {
    kafka: option({
      type: z
        .string()
        .regex(/^[^\s:,]+:\d{1,5}(,[^\s:,]+:\d{1,5})*$/)
        .nullable(),
      default: null,
      allows: 'brokers such as host:9092,other:9092, or none',
      description: 'Brokers to ask first; the others are found through them. Kafka 3.5 or newer.',
    }),
    kafkaClient: option({
      type: z.enum(['platformatic', 'kafkajs']),
      default: 'platformatic',
      description:
        "Which library makes the connections, with TLS and SASL: `@platformatic/kafka`, which is faster, or `kafkajs`, for those who run it already. What is sent over them is Millrace's own with both.",
    }),
    kafkaClientId: option({
      type: z.string().min(1),
      default: 'millrace',
      description: 'What the brokers call this client in their logs, metrics and quotas.',
    }),
    kafkaCompression: option({
      type: z.enum(['none', 'gzip', 'snappy', 'lz4', 'zstd']),
      default: 'none',
      description: 'How records are compressed that are written. Those that are read may have any compression.',
    }),
    kafkaReplicationFactor: option({
      type: z.int().min(-1),
      default: -1,
      description: "How many replicas the topics get that Millrace creates; -1 is the cluster's own default.",
    }),
    kafkaTransactionTimeoutMs: option({
      type: z.int().min(1000),
      default: seconds(10),
      unit: 'ms',
      description:
        'How long a transaction may be open until the cluster aborts it. After a crash, readers of the same partitions wait for so long; a commit must not take longer.',
    }),
    kafkaRequestTimeoutMs: option({
      type: z.int().min(1000),
      default: seconds(30),
      unit: 'ms',
      description: 'How long a broker may take to answer a request. After that it is asked again.',
    }),
    kafkaDeliveryTimeoutMs: option({
      type: z.int().min(1000),
      default: seconds(120),
      unit: 'ms',
      description: 'How long records are sent again while no broker acknowledges them.',
    }),
    kafkaTls: option({
      type: z.boolean(),
      default: false,
      description: 'Whether connections are encrypted. On where a file of `kafkaTls...` is given.',
    }),
    kafkaTlsCaFile: option({
      type: file,
      default: null,
      allows: 'the path of a PEM file, or none',
      description: 'Certificates of the authorities that are trusted, instead of those that Node.js trusts.',
    }),
    kafkaTlsCertificateFile: option({
      type: file,
      default: null,
      allows: 'the path of a PEM file, or none',
      description: 'Our own certificate, for clusters that want to see one, with those between it and the authority.',
    }),
    kafkaTlsKeyFile: option({
      type: file,
      default: null,
      allows: 'the path of a PEM file, or none',
      description: 'The private key of our own certificate.',
    }),
    kafkaTlsKeyPassword: option({
      type: z.string().nullable(),
      default: null,
      secret: true,
      allows: 'a text, or none',
      description: 'What the private key is encrypted with.',
    }),
    kafkaSaslMechanism: option({
      type: z.enum(['plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer']).nullable(),
      default: null,
      description: 'How we tell the cluster who we are.',
    }),
    kafkaSaslUsername: option({
      type: z.string().min(1).nullable(),
      default: null,
      allows: 'a text, or none',
      description: 'The user, for `plain` and `scram-...`.',
    }),
    kafkaSaslPassword: option({
      type: z.string().nullable(),
      default: null,
      secret: true,
      allows: 'a text, or none',
      description: 'The password of the user. Better given by the environment or a file than on the command line.',
    }),
    kafkaSaslPasswordFile: option({
      type: file,
      default: null,
      allows: 'the path of a file, or none',
      description: 'A file with the password. It is read for each connection, so that it may change.',
    }),
    kafkaSaslTokenFile: option({
      type: file,
      default: null,
      allows: 'the path of a file, or none',
      description:
        'A file with the token for `oauthbearer`, which somebody else keeps fresh. It is read for each connection, and before the token runs out.',
    }),
  },
});

/** The parsed values of `kafkaOptions`. */
export type KafkaOptions = OptionValues<typeof kafkaOptions>;

/** What a user may give of `kafkaOptions`. */
export type KafkaOptionInput = OptionInput<typeof kafkaOptions>;
