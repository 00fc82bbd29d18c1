export { fromObservable, type FromObservableOptions, type ObservableFeed } from './from-observable.ts';
export { toObservable, type ToObservableOptions, type TopicRecord } from './to-observable.ts';
export { viewChanges, type ViewChangesOptions } from './view-changes.ts';
