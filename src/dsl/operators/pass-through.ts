import type { MaybePromise } from '../../core/maybe-promise.ts';
import { ContextualProcessor } from '../../processor/contextual-processor.ts';

/** Passes every record on: the point where several nodes meet, or where one gets a name. */
export class PassThrough<R> extends ContextualProcessor<R, R> {
  override process(record: R): MaybePromise<void> {
    return this.context.forward(record);
  }
}
