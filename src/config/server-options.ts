import { z } from 'zod';
import { seconds } from '../core/duration.ts';
import { option, optionGroup, type OptionInput } from './option.ts';

/** How an instance is asked over HTTP. */
export const serverOptions = optionGroup({
  name: 'server',
  description:
    'The HTTP API that every instance has: queries of stores, metadata, status, health. See [queries](queries.md).',
  options: {
    httpApi: option({
      type: z.boolean(),
      default: true,
      description: 'Whether there is one.',
    }),
    httpHost: option({
      type: z.string().min(1),
      default: '127.0.0.1',
      description:
        'Where it listens. Other than this machine only with a token. Other instances reach it at `applicationServer`.',
    }),
    httpPort: option({
      type: z.int().min(0).max(65_535).nullable(),
      default: null,
      description: 'Its port. Without one 8080, or any free one where that is taken.',
    }),
    httpToken: option({
      type: z.string().min(1).nullable(),
      default: null,
      secret: true,
      description:
        'The bearer token that is asked for, but for /health and /ready. All instances of an application have the same.',
    }),
    httpTlsCert: option({
      type: z.string().nullable(),
      default: null,
      description: 'A file with its certificate and those up to the root (PEM): it then speaks HTTPS.',
    }),
    httpTlsKey: option({
      type: z.string().nullable(),
      default: null,
      description: 'The file with the private key of that certificate (PEM).',
    }),
    httpTlsCa: option({
      type: z.string().nullable(),
      default: null,
      description:
        'A file with the certificates (PEM) to believe other instances by, in place of those that Node believes.',
    }),
    httpForwardTimeoutMs: option({
      type: z.int().min(1),
      default: seconds(5),
      unit: 'ms',
      description: 'How long another instance may take to begin with its answer.',
    }),
  },
});

/** What a user may give of `serverOptions`. */
export type ServerOptionInput = OptionInput<typeof serverOptions>;
