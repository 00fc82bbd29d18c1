import type { SerdeUse } from '../serde.ts';

/**
 * How the subject of a schema is named: by the topic (`orders-value`), by the record (`shop.Order`), or by both
 * (`orders-shop.Order`). Confluent's TopicNameStrategy, RecordNameStrategy and TopicRecordNameStrategy.
 */
export type SubjectNameStrategy = 'topic' | 'record' | 'topic-record';

/** The subject of a schema whose outermost type has this full name. */
export function subjectName(
  strategy: SubjectNameStrategy,
  recordName: string,
  { topic, part }: Pick<SerdeUse, 'topic' | 'part'>,
): string {
  switch (strategy) {
    case 'topic':
      return `${topic}-${part}`;
    case 'record':
      return recordName;
    case 'topic-record':
      return `${topic}-${recordName}`;
  }
}
