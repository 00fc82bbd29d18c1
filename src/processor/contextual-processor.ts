import type { MaybePromise } from '../core/maybe-promise.ts';
import type { Processor, ProcessorContext } from './processor.ts';

/** A processor that keeps the context it was given. */
export abstract class ContextualProcessor<In, Out> implements Processor<In, Out> {
  protected context!: ProcessorContext<Out>;

  init(context: ProcessorContext<Out>): void {
    this.context = context;
  }

  abstract process(record: In): MaybePromise<void>;
}
