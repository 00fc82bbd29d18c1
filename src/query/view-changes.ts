import type { Observable } from 'rxjs';
import type { Broker } from '../broker/port.ts';
import { MillraceError } from '../core/millrace-error.ts';
import type { StoreSpec } from '../store/store.ts';
import { changelogTopicName, type Topology } from '../topology/topology.ts';
import { toObservable, type TopicRecord } from './to-observable.ts';

/** Which view is observed. */
export interface ViewChangesOptions {
  /** The name of the store. */
  readonly store: string;
  /** Default the topology's name. */
  readonly applicationId?: string;
  /** As of `toObservable`. */
  readonly from?: 'earliest' | 'latest';
}

/**
 * The committed changes of a view, which is a store of a topology: a null value deletes the row. What changed a row several
 * times in one commit is one change. It reads the changelog of the store, in any process that has the broker, from
 * `earliest` first with the rows that there are.
 *
 * Throws RUNTIME_UNKNOWN_STORE for a store that the topology does not have, or that has no changelog; errors as
 * `toObservable` does, with TOPIC_NOT_FOUND before the application has run.
 *
 * @example viewChanges<string, number>(host.broker, revenue, { store: 'revenue-by-country' }).subscribe(show);
 */
export function viewChanges<K, V>(
  broker: Broker,
  topology: Topology,
  { store, applicationId = topology.name, from = 'latest' }: ViewChangesOptions,
): Observable<TopicRecord<K, V>> {
  const spec = topology.stores.get(store) as StoreSpec<K, V> | undefined;
  if (spec === undefined || !spec.logged) {
    const known = [...topology.stores.values()].filter(({ logged }) => logged).map(({ name }) => name);
    throw new MillraceError(
      'RUNTIME_UNKNOWN_STORE',
      `Expected a store of the topology that has a changelog (${known.join(', ')}), got "${store}"`,
    );
  }
  const { keySerde, valueSerde } = spec;
  const topic = topology.sourceChangelogs.get(store) ?? changelogTopicName(applicationId, store);
  return toObservable<K, V>(broker, topic, { keySerde, valueSerde, from });
}
