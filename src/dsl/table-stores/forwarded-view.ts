import type { ProcessorContext } from '../../processor/processor.ts';
import type { ValueGetter, ValueGetterPlan } from '../table-plan.ts';

/**
 * Opens a table so that it shows what was forwarded of it, not what is held back.
 *
 * Who joins a change with a row of another table must see that row as those downstream know it: the change of the row, when
 * it comes, takes back what was made of the old one. Kafka Streams reads through the cache here; aggregations of such joins
 * can then come out wrong.
 */
export function openForwarded<K, V>(plan: ValueGetterPlan<K, V>, context: ProcessorContext<any>): ValueGetter<K, V> {
  const view: Pick<ProcessorContext<never>, 'store'> = { store: (name) => context.forwardedStore(name) };
  return plan.open(view as ProcessorContext<never>);
}
