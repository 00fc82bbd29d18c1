import { MillraceError } from '../../core/millrace-error.ts';
import type { SerdeUse } from '../serde.ts';

/**
 * How the subject of a schema is named: by the topic (`orders-value`), by the record (`shop.Order`), or by both
 * (`orders-shop.Order`). Confluent's TopicNameStrategy, RecordNameStrategy and TopicRecordNameStrategy.
 */
export type SubjectNameStrategy = 'topic' | 'record' | 'topic-record';

/** The subject of a schema whose outermost type has this full name. Throws SCHEMA_INVALID for one that needs a name. */
export function subjectName(
  strategy: SubjectNameStrategy,
  recordName: string | null,
  { topic, part }: Pick<SerdeUse, 'topic' | 'part'>,
): string {
  if (strategy === 'topic') return `${topic}-${part}`;
  if (recordName === null || recordName === '') {
    throw new MillraceError(
      'SCHEMA_INVALID',
      `Expected a schema with a name (the title of a JSON Schema) for subjects named by "${strategy}", got none`,
      { context: { topic, part } },
    );
  }
  return strategy === 'record' ? recordName : `${topic}-${recordName}`;
}
