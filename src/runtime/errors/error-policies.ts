import type { RuntimeConfig } from '../runtime-config.ts';

/** What becomes of a record that fails: the application stops, or goes on without it, or with a copy of it in the dead letter topic. */
export type ErrorPolicy = 'fail' | 'continue' | 'deadLetter';

/** The topic of dead letters; null where no error sends any. */
export function deadLetterTopicOf({
  applicationId,
  deserializationErrors,
  processingErrors,
  productionErrors,
  deadLetterTopic,
}: RuntimeConfig): string | null {
  const policies: readonly ErrorPolicy[] = [deserializationErrors, processingErrors, productionErrors];
  return policies.includes('deadLetter') ? (deadLetterTopic ?? `${applicationId}-dead-letters`) : null;
}
