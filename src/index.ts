export { MillraceError, type ErrorContext } from './core/millrace-error.ts';
export type { ErrorCode, ErrorEntry } from './core/error-catalogue/index.ts';
export { days, hours, minutes, seconds } from './core/duration.ts';
export type { Header, Headers } from './core/headers.ts';
export { topology, type TopologyOptions } from './dsl/topology-definition.ts';
export type { OldValues } from './dsl/dsl-context.ts';
export type { GlobalKTable } from './dsl/global-k-table.ts';
export type { StreamTableJoinOptions } from './dsl/operators/join-stream-table.ts';
export type { StoreOptions } from './dsl/table-stores/add-table-store.ts';
export type { StreamGlobalJoinOptions } from './dsl/operators/join-stream-global.ts';
export {
  StreamsBuilder,
  type GlobalTableOptions,
  type SourceOptions,
  type StreamsBuilderOptions,
  type TableSourceOptions,
} from './dsl/streams-builder.ts';
export type { KStream } from './dsl/k-stream.ts';
export type { StreamJoinOptions } from './dsl/operators/join-streams/join-streams.ts';
export type { JoinWindows } from './dsl/operators/join-streams/join-windows.ts';
export type { AsyncCall, AsyncOptions, RetryOptions } from './dsl/operators/async/async-options.ts';
export type { AsyncValueMapper, MapValuesAsyncOptions } from './dsl/operators/async/map-values-async.ts';
export type { AsyncMapper, ProcessAsyncOptions } from './dsl/operators/async/process-async.ts';
export type { InFlight, InFlightRecord } from './processor/in-flight.ts';
export type { ProcessOptions, ProcessorSupplier } from './dsl/operators/process.ts';
export type { FixedKeyProcessorSupplier } from './dsl/operators/process-values.ts';
export type { Processor, ProcessorContext, RecordMetadata } from './processor/processor.ts';
export type { FixedKeyContext, FixedKeyProcessor, FixedKeyRecord } from './processor/fixed-key-record.ts';
export type { Cancellable, PunctuationOptions, Punctuator } from './processor/punctuation.ts';
export type { StreamRecord } from './processor/stream-record.ts';
export { newRecord, type NewRecord } from './processor/new-record.ts';
export { keyValueStore, type KeyValueStore, type KeyValueStoreOptions } from './store/key-value-store.ts';
export { sessionStore, type SessionKey, type SessionStore, type SessionStoreOptions } from './store/session-store.ts';
export { versionedStore, type VersionedStore, type VersionedStoreOptions } from './store/versioned-store.ts';
export { windowStore, type WindowStore, type WindowStoreOptions } from './store/window-store.ts';
export { withHeaders, type ValueWithHeaders } from './serde/with-headers.ts';
export type { KTable } from './dsl/k-table.ts';
export type { GroupOptions, KGroupedStream } from './dsl/k-grouped-stream.ts';
export type { KGroupedTable } from './dsl/k-grouped-table.ts';
export type { MySqlSourceTable } from './dsl/mysql-source-table.ts';
export type { CogroupedKStream, WindowedCogroupedKStream } from './dsl/cogrouped-k-stream.ts';
export type { SuppressOptions } from './dsl/operators/suppress/suppress.ts';
export type { WindowedByOptions } from './dsl/k-grouped-stream.ts';
export type { TimeWindowedKStream } from './dsl/time-windowed-k-stream.ts';
export type { SessionWindowedKStream } from './dsl/session-windowed-k-stream.ts';
export type { WindowCloseOptions } from './dsl/windows/window-close.ts';
export { tumbling } from './dsl/windows/tumbling.ts';
export { hopping } from './dsl/windows/hopping.ts';
export { sliding } from './dsl/windows/sliding.ts';
export { session } from './dsl/windows/session.ts';
export { unlimited } from './dsl/windows/unlimited.ts';
export { windowed } from './dsl/windows/windowed.ts';
export type { SessionWindows, SlidingWindows, TimeWindows, UnlimitedWindows, Windows } from './dsl/windows/windows.ts';
export type { Windowed } from './serde/windowed-serde.ts';
export { mysqlTable, type TableDescriptor } from './mysql/schema/table-descriptor.ts';
export { startHost, type HostOptions } from './cli/host.ts';
export type { Host } from './cli/running-host.ts';
export type { Topology } from './topology/topology.ts';
export { optimize, type Optimization, type OptimizationOption } from './topology/optimizer/optimize.ts';
export { describe } from './topology/describe.ts';
export { mermaid } from './topology/mermaid.ts';
export type { Migration } from './store/store.ts';
export type { Serde } from './serde/serde.ts';
export { json } from './serde/json-serde.ts';
export { avro, type AvroOptions } from './serde/avro/avro-serde.ts';
export type { AvroSchema, AvroValue } from './serde/avro/avro-schema.ts';
export { string } from './serde/string-serde.ts';
export { buffer } from './serde/buffer-serde.ts';
export { integer } from './serde/integer-serde.ts';
