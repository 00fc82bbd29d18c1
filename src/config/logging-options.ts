import { z } from 'zod';
import { option, optionGroup, type OptionValues } from './option.ts';

/** What is logged, and how. */
export const loggingOptions = optionGroup({
  name: 'logging',
  description: 'What the command line logs, and how. The library is silent unless it is given a logger.',
  options: {
    logFormat: option({
      type: z.enum(['text', 'json']),
      default: 'text',
      description: '`text` for people, `json` for machines: one object a line.',
    }),
    logLevel: option({
      type: z.enum(['debug', 'info', 'warn', 'error', 'silent']),
      default: 'info',
      description: 'The least important lines that are logged.',
    }),
  },
});

/** The parsed values of `loggingOptions`. */
export type LoggingOptions = OptionValues<typeof loggingOptions>;
