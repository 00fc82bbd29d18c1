import { z } from 'zod';
import { seconds } from '../core/duration.ts';
import { option, optionGroup, type OptionInput } from './option.ts';

/** Where schemas are kept. */
export const schemaRegistryOptions = optionGroup({
  name: 'schema registry',
  description:
    'Where the schemas of Avro values are kept. Without an address a registry of its own serves, in the topic `_schemas`.',
  options: {
    schemaRegistry: option({
      type: z
        .string()
        .regex(/^https?:\/\//)
        .nullable(),
      default: null,
      allows: 'one address such as http://registry:8081, or several, separated by commas',
      description: "A registry with Confluent's REST API to use in place of the own one.",
    }),
    schemaRegistryUser: option({
      type: z.string().nullable(),
      default: null,
      secret: true,
      allows: 'user:password',
      description: 'Who asks the registry, by basic authentication.',
    }),
    schemaRegistryToken: option({
      type: z.string().min(1).nullable(),
      default: null,
      secret: true,
      description: 'The bearer token that the registry asks for; the own one then asks for it too.',
    }),
    schemaRegistryCa: option({
      type: z.string().nullable(),
      default: null,
      description: 'A file with the certificates (PEM) to believe the registry by, besides those that Node believes.',
    }),
    schemaRegistryTimeoutMs: option({
      type: z.int().min(1),
      default: seconds(10),
      unit: 'ms',
      description: 'How long one attempt to ask the registry may take.',
    }),
    schemaRegistryRetries: option({
      type: z.int().min(0),
      default: 3,
      description: 'How often a registry that does not answer is asked again.',
    }),
    schemaRegistryHost: option({
      type: z.string().min(1),
      default: '127.0.0.1',
      description: 'Where the own registry listens. Other than this machine only with a token.',
    }),
    schemaRegistryPort: option({
      type: z.int().min(0).max(65_535).nullable(),
      default: null,
      description: 'The port of the own registry. Without one 8081, or any free one where that is taken.',
    }),
  },
});

/** What a user may give of `schemaRegistryOptions`. */
export type SchemaRegistryOptionInput = OptionInput<typeof schemaRegistryOptions>;
