import { dateOfDay, dayOfDate } from '../../calendar.ts';
import { IntegerBasedType } from './integer-based-type.ts';

/** Avro's `date` on int: `2024-02-29`, the years 0 to 9999. */
export class DateType extends IntegerBasedType {
  protected override format(day: number | bigint): string | undefined {
    return dateOfDay(Number(day));
  }

  protected override parse(text: string): number | undefined {
    return dayOfDate(text);
  }
}
