import { z } from 'zod';
import { mebibytes } from '../core/bytes.ts';
import { days, seconds } from '../core/duration.ts';
import { option, optionGroup, type OptionInput } from './option.ts';

/** How the embedded broker keeps its topics. */
export const embeddedBrokerOptions = optionGroup({
  name: 'embedded broker',
  description: 'How the embedded broker keeps its topics. Without effect on a Kafka cluster.',
  options: {
    flushIntervalMs: option({
      type: z.int().min(0),
      default: seconds(1),
      unit: 'ms',
      description:
        'How often what was acknowledged is forced to the disk. A crash of the process loses nothing; a crash of the machine may lose what came since. 0 forces every commit.',
    }),
    segmentBytes: option({
      type: z.int().min(1),
      default: mebibytes(64),
      unit: 'bytes',
      description:
        'The size at which a new segment file is begun; for compacted topics 8 MiB at most. Retention and compaction work on whole closed segments.',
    }),
    retentionMs: option({
      type: z.int().min(-1),
      default: days(7),
      unit: 'ms',
      description:
        'How long records of a topic with the policy `delete` are kept that has no retention of its own; -1 is for ever.',
    }),
  },
});

/** What a user may give of `embeddedBrokerOptions`. */
export type EmbeddedBrokerOptionInput = OptionInput<typeof embeddedBrokerOptions>;
