import { clockOfParts, partsOfClock, partsPerDay } from '../../calendar.ts';
import { IntegerBasedType } from './integer-based-type.ts';

abstract class TimeType extends IntegerBasedType {
  protected abstract readonly digits: number;

  protected override format(value: number | bigint): string | undefined {
    const parts = Number(value);
    return parts >= 0 && parts < partsPerDay(this.digits) ? clockOfParts(parts, this.digits) : undefined;
  }

  protected override parse(text: string): number | undefined {
    return partsOfClock(text, this.digits);
  }
}

/** Avro's `time-millis` on int: the time of a day as `23:59:59.123`. */
export class TimeMillisType extends TimeType {
  protected override readonly digits = 3;
}

/** Avro's `time-micros` on long: the time of a day as `23:59:59.123456`. */
export class TimeMicrosType extends TimeType {
  protected override readonly digits = 6;
}
