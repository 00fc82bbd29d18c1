package oracle;

import static oracle.Functions.aggregator;
import static oracle.Functions.joiner;
import static oracle.Functions.mapper;
import static oracle.Functions.merger;
import static oracle.Functions.predicate;
import static oracle.Functions.reducer;
import static oracle.Functions.selector;
import static oracle.Values.elements;
import static oracle.Values.get;
import static oracle.Values.object;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeSet;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.*;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.TimestampExtractor;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

/** The program of a case on the DSL of Kafka Streams. Types of keys and values are lost: cases have any JSON. */
@SuppressWarnings({"unchecked", "rawtypes"})
final class Program {
  private final StreamsBuilder builder = new StreamsBuilder();
  private final Map<String, Object> made = new HashMap<>();

  /** The topics that `to` steps have written to, or may write to. */
  final TreeSet<String> outputTopics = new TreeSet<>();

  Topology build(List<Object> steps, Properties properties) {
    for (Object step : steps) {
      Map<String, Object> described = object(step);
      Object result = make(new Step(described));
      if (described.get("id") != null && result != null) made.put((String) described.get("id"), result);
    }
    return builder.build(properties);
  }

  /** One step, and what it names. */
  private final class Step {
    final Map<String, Object> fields;

    Step(Map<String, Object> fields) {
      this.fields = fields;
    }

    String op() {
      return text("op");
    }

    String text(String field) {
      return (String) fields.get(field);
    }

    Object field(String field) {
      return fields.get(field);
    }

    boolean has(String field) {
      return fields.get(field) != null;
    }

    Object operand(String link) {
      Object operand = made.get(text(link));
      if (operand == null) throw new IllegalArgumentException("Expected \"" + link + "\" to be made earlier: " + fields);
      return operand;
    }

    /** How the result is kept where the step says so; null otherwise. */
    Materialized<Object, Object, KeyValueStore<Bytes, byte[]>> store() {
      Map<String, Object> store = object(field("store"));
      if (store == null) return null;
      String name = text("id") + "-store";
      switch ((String) store.get("type")) {
        case "keyValue": return Materialized.as(name);
        case "inMemory": return Materialized.as(Stores.inMemoryKeyValueStore(name));
        case "lru": return Materialized.as(Stores.lruMap(name, (int) (long) (Long) store.get("maxEntries")));
        case "versioned":
          return Materialized.as(Stores.persistentVersionedKeyValueStore(name, ms(store, "historyRetentionMs")));
        default: throw new IllegalArgumentException("Expected a known store, got " + fields);
      }
    }

    Materialized<Object, Object, KeyValueStore<Bytes, byte[]>> storeOrDefault() {
      return has("store") ? store() : Materialized.with(null, null);
    }

    /** The same of windows. */
    <S extends StateStore> Materialized<Object, Object, S> windowStore() {
      Map<String, Object> store = object(field("store"));
      Materialized<Object, Object, S> kept =
          store == null ? Materialized.with(null, null) : Materialized.as(text("id") + "-store");
      if (store != null && store.get("type").equals("inMemory")) kept = kept.withStoreType(Materialized.StoreType.IN_MEMORY);
      return has("retentionMs") ? kept.withRetention(ms(fields, "retentionMs")) : kept;
    }
  }

  private Object make(Step step) {
    switch (step.op()) {
      case "stream": {
        List<String> topics = step.has("topics") ? (List<String>) step.field("topics") : List.of(step.text("topic"));
        return builder.stream(topics, consumed(step));
      }
      case "table":
        return step.has("store")
            ? builder.table(step.text("topic"), consumed(step), step.store())
            : builder.table(step.text("topic"), consumed(step));
      case "globalTable": return builder.globalTable(step.text("topic"), consumed(step));
      case "cogroup": return cogroup(step);
      case "join", "leftJoin", "outerJoin": return join(step);
      default: break;
    }
    Object from = step.operand("from");
    if (from instanceof KStream stream) return ofStream(step, stream);
    if (from instanceof KTable table) return ofTable(step, table);
    return new Aggregations().make(step, from);
  }

  private static Consumed consumed(Step step) {
    if (!step.has("timestampField")) return Consumed.with((TimestampExtractor) null);
    TimestampExtractor extractor = (record, partitionTime) ->
        get(record.value(), step.text("timestampField")) instanceof Number time ? time.longValue() : record.timestamp();
    return Consumed.with(extractor);
  }

  private Object ofStream(Step step, KStream<Object, Object> from) {
    switch (step.op()) {
      case "to": return to(step, from);
      case "foreach": {
        from.foreach((key, value) -> {});
        return null;
      }
      case "filter": return from.filter(predicate(step.field("predicate"))::test);
      case "filterNot": return from.filterNot(predicate(step.field("predicate"))::test);
      case "mapValues": return from.mapValues(mapper(step.field("value"))::apply);
      case "map": {
        Functions.OfTwo newKey = selector(step.field("key"));
        Functions.OfTwo newValue = mapper(step.field("value"));
        return from.map((key, value) -> KeyValue.pair(newKey.apply(key, value), newValue.apply(key, value)));
      }
      case "selectKey": return from.selectKey(selector(step.field("key"))::apply);
      case "flatMapValues": return from.flatMapValues(Functions.flatMapper(step.field("values"))::apply);
      case "flatMap": {
        Functions.FlatMapper values = Functions.flatMapper(step.field("values"));
        Functions.OfTwo newKey = selector(step.field("key"));
        Functions.OfTwo newValue = mapper(step.field("value"));
        return from.flatMap((key, value) -> values.apply(key, value).stream()
            .map(item -> KeyValue.pair(newKey.apply(key, item), newValue.apply(key, item)))
            .toList());
      }
      case "peek": return from.peek((key, value) -> {});
      case "repartition": return from.repartition();
      case "merge": return from.merge((KStream<Object, Object>) step.operand("with"));
      case "split": return split(step, from);
      case "toTable": return step.has("store") ? from.toTable(step.store()) : from.toTable();
      case "groupByKey": return from.groupByKey();
      case "groupBy": return from.groupBy(selector(step.field("key"))::apply);
      case "process": {
        String store = storeOf(step);
        return from.process(() -> Processors.processor(step.field("processor"), store), store);
      }
      case "processValues": {
        String store = storeOf(step);
        return from.processValues(() -> Processors.valueProcessor(step.field("processor"), store), store);
      }
      default: throw unknown(step);
    }
  }

  private String storeOf(Step step) {
    String name = step.text("id") + "-kept";
    builder.addStateStore(Processors.store(name));
    return name;
  }

  private Object to(Step step, KStream<Object, Object> from) {
    Produced<Object, Object> produced = Produced.with(new CaseSerdes.Keys(), new CaseSerdes.Json());
    if (step.has("topic")) {
      outputTopics.add(step.text("topic"));
      from.to(step.text("topic"), produced);
    } else {
      Functions.OfTwo select = selector(step.field("topicSelector"));
      from.to((key, value, context) -> {
        String topic = Values.keyText(select.apply(key, value));
        if (topic != null) outputTopics.add(topic);
        return topic;
      }, produced);
    }
    return null;
  }

  private Object split(Step step, KStream<Object, Object> from) {
    BranchedKStream<Object, Object> branches = from.split(Named.as("split" + made.size() + "-"));
    for (Object branch : elements(step.field("branches"))) {
      String id = (String) object(branch).get("id");
      branches.branch(
          predicate(object(branch).get("predicate"))::test,
          Branched.<Object, Object>withConsumer(part -> made.put(id, part)).withName(id));
    }
    if (step.has("default")) {
      branches.defaultBranch(
          Branched.<Object, Object>withConsumer(part -> made.put(step.text("default"), part)).withName("default"));
    } else {
      branches.noDefaultBranch();
    }
    return null;
  }

  private Object ofTable(Step step, KTable<Object, Object> from) {
    boolean kept = step.has("store");
    switch (step.op()) {
      case "to": return to(step, from.toStream());
      case "filter": {
        Predicate<Object, Object> of = predicate(step.field("predicate"))::test;
        return kept ? from.filter(of, step.store()) : from.filter(of);
      }
      case "filterNot": {
        Predicate<Object, Object> of = predicate(step.field("predicate"))::test;
        return kept ? from.filterNot(of, step.store()) : from.filterNot(of);
      }
      case "mapValues": {
        ValueMapperWithKey<Object, Object, Object> of = mapper(step.field("value"))::apply;
        return kept ? from.mapValues(of, step.store()) : from.mapValues(of);
      }
      case "transformValues": {
        ValueTransformerWithKeySupplier<Object, Object, Object> of = () -> new Transformer(mapper(step.field("value")));
        return kept ? from.transformValues(of, step.store()) : from.transformValues(of);
      }
      case "toStream":
        return step.has("key") ? from.toStream(selector(step.field("key"))::apply) : from.toStream();
      case "groupBy": {
        Functions.OfTwo newKey = selector(step.field("key"));
        Functions.OfTwo newValue = mapper(step.field("value"));
        return from.groupBy((key, value) -> KeyValue.pair(newKey.apply(key, value), newValue.apply(key, value)));
      }
      case "suppress": return from.suppress(suppressed(step));
      default: throw unknown(step);
    }
  }

  private record Transformer(Functions.OfTwo of) implements ValueTransformerWithKey<Object, Object, Object> {
    @Override
    public void init(org.apache.kafka.streams.processor.ProcessorContext context) {}

    @Override
    public Object transform(Object key, Object value) {
      return of.apply(key, value);
    }

    @Override
    public void close() {}
  }

  private static Suppressed suppressed(Step step) {
    boolean limited = step.has("maxRecords");
    long max = limited ? (Long) step.field("maxRecords") : 0;
    if (step.text("until").equals("windowCloses")) {
      return Suppressed.untilWindowCloses(
          limited ? Suppressed.BufferConfig.maxRecords(max).shutDownWhenFull() : Suppressed.BufferConfig.unbounded());
    }
    Suppressed.BufferConfig buffer = Suppressed.BufferConfig.unbounded();
    if (limited) {
      boolean shutDown = "shutDown".equals(step.text("whenFull"));
      Suppressed.EagerBufferConfig eager = Suppressed.BufferConfig.maxRecords(max);
      buffer = shutDown ? eager.shutDownWhenFull() : eager.emitEarlyWhenFull();
    }
    return Suppressed.untilTimeLimit(ms(step.fields, "timeLimitMs"), buffer);
  }

  private Object cogroup(Step step) {
    Aggregator<Object, Object, Object> of = aggregator(step.field("aggregator"))::apply;
    Object from = step.operand("from");
    if (from instanceof KGroupedStream grouped) return grouped.cogroup(of);
    return ((CogroupedKStream<Object, Object>) from).cogroup((KGroupedStream<Object, Object>) step.operand("with"), of);
  }

  private Object join(Step step) {
    Object from = step.operand("from");
    Object with = step.operand("with");
    Functions.OfThree of = joiner(step.field("joiner"));
    if (from instanceof KTable left) return tableJoin(step, left, (KTable) with, (a, b) -> of.apply(null, a, b));
    KStream<Object, Object> left = (KStream<Object, Object>) from;
    ValueJoinerWithKey<Object, Object, Object, Object> joiner = of::apply;
    if (with instanceof GlobalKTable global) {
      KeyValueMapper<Object, Object, Object> key = (k, v) -> selector(step.field("key")).apply(k, v);
      return step.op().equals("join") ? left.join(global, key, joiner) : left.leftJoin(global, key, joiner);
    }
    if (with instanceof KTable table) {
      Joined<Object, Object, Object> joined = Joined.with(null, null, null);
      if (step.has("graceMs")) joined = joined.withGracePeriod(ms(step.fields, "graceMs"));
      return step.op().equals("join") ? left.join(table, joiner, joined) : left.leftJoin(table, joiner, joined);
    }
    KStream<Object, Object> right = (KStream<Object, Object>) with;
    JoinWindows window = joinWindow(object(step.field("window")));
    StreamJoined<Object, Object, Object> joined = StreamJoined.with(null, null, null);
    switch (step.op()) {
      case "join": return left.join(right, joiner, window, joined);
      case "leftJoin": return left.leftJoin(right, joiner, window, joined);
      default: return left.outerJoin(right, joiner, window, joined);
    }
  }

  private static JoinWindows joinWindow(Map<String, Object> window) {
    Duration before = ms(window, "beforeMs");
    Duration after = ms(window, "afterMs");
    Duration widest = before.abs().compareTo(after.abs()) > 0 ? before.abs() : after.abs();
    return JoinWindows.ofTimeDifferenceAndGrace(widest, ms(window, "graceMs")).before(before).after(after);
  }

  private static Object tableJoin(
      Step step, KTable<Object, Object> left, KTable<Object, Object> right, ValueJoiner<Object, Object, Object> of) {
    Materialized<Object, Object, KeyValueStore<Bytes, byte[]>> store = step.store();
    boolean kept = store != null;
    if (step.has("foreignKey")) {
      Functions.OfTwo select = selector(step.field("foreignKey"));
      java.util.function.BiFunction<Object, Object, Object> key = select::apply;
      if (step.op().equals("join")) return kept ? left.join(right, key, of, store) : left.join(right, key, of);
      return kept ? left.leftJoin(right, key, of, store) : left.leftJoin(right, key, of);
    }
    switch (step.op()) {
      case "join": return kept ? left.join(right, of, store) : left.join(right, of);
      case "leftJoin": return kept ? left.leftJoin(right, of, store) : left.leftJoin(right, of);
      default: return kept ? left.outerJoin(right, of, store) : left.outerJoin(right, of);
    }
  }

  /** What is made of groups and windows. */
  private final class Aggregations {
    Object make(Step step, Object from) {
      Initializer<Object> initial = () -> step.field("initializer");
      if (from instanceof KGroupedStream grouped) return ofGrouped(step, grouped, initial);
      if (from instanceof KGroupedTable grouped) return ofGroupedTable(step, grouped, initial);
      if (from instanceof CogroupedKStream cogrouped) {
        return step.op().equals("windowedBy")
            ? windowed(step, cogrouped)
            : cogrouped.aggregate(initial, step.storeOrDefault());
      }
      if (from instanceof TimeWindowedCogroupedKStream windowed) return windowed.aggregate(initial, step.windowStore());
      if (from instanceof SessionWindowedCogroupedKStream windowed) {
        Merger<Object, Object> merge = merger(step.field("merger"))::apply;
        return windowed.aggregate(initial, merge, step.windowStore());
      }
      if (from instanceof TimeWindowedKStream windowed) return ofWindows(step, windowed, initial);
      return ofSessions(step, (SessionWindowedKStream<Object, Object>) from, initial);
    }

    private Object ofGrouped(Step step, KGroupedStream<Object, Object> from, Initializer<Object> initial) {
      switch (step.op()) {
        case "windowedBy": return windowed(step, from);
        case "count": return from.count((Materialized) step.storeOrDefault());
        case "reduce": return from.reduce(reducer(step.field("reducer"))::apply, step.storeOrDefault());
        case "aggregate":
          return from.aggregate(initial, aggregator(step.field("aggregator"))::apply, step.storeOrDefault());
        default: throw unknown(step);
      }
    }

    private Object ofGroupedTable(Step step, KGroupedTable<Object, Object> from, Initializer<Object> initial) {
      switch (step.op()) {
        case "count": return from.count((Materialized) step.storeOrDefault());
        case "reduce":
          return from.reduce(
              reducer(step.field("adder"))::apply, reducer(step.field("subtractor"))::apply, step.storeOrDefault());
        case "aggregate":
          return from.aggregate(
              initial,
              aggregator(step.field("adder"))::apply,
              aggregator(step.field("subtractor"))::apply,
              step.storeOrDefault());
        default: throw unknown(step);
      }
    }

    private Object ofWindows(Step step, TimeWindowedKStream<Object, Object> from, Initializer<Object> initial) {
      switch (step.op()) {
        case "count": return from.count((Materialized) step.windowStore());
        case "reduce": return from.reduce(reducer(step.field("reducer"))::apply, step.windowStore());
        case "aggregate":
          return from.aggregate(initial, aggregator(step.field("aggregator"))::apply, step.windowStore());
        default: throw unknown(step);
      }
    }

    private Object ofSessions(Step step, SessionWindowedKStream<Object, Object> from, Initializer<Object> initial) {
      switch (step.op()) {
        case "count": return from.count((Materialized) step.windowStore());
        case "reduce": return from.reduce(reducer(step.field("reducer"))::apply, step.windowStore());
        case "aggregate":
          return from.aggregate(
              initial,
              aggregator(step.field("aggregator"))::apply,
              merger(step.field("merger"))::apply,
              step.windowStore());
        default: throw unknown(step);
      }
    }

    private Object windowed(Step step, KGroupedStream<Object, Object> from) {
      Map<String, Object> window = object(step.field("window"));
      boolean onClose = "onWindowClose".equals(step.text("emit"));
      EmitStrategy emit = onClose ? EmitStrategy.onWindowClose() : EmitStrategy.onWindowUpdate();
      switch ((String) window.get("type")) {
        case "sliding": return from.windowedBy(sliding(window)).emitStrategy(emit);
        case "session": return from.windowedBy(session(window)).emitStrategy(emit);
        default: return from.windowedBy((Windows<Window>) windows(window)).emitStrategy(emit);
      }
    }

    private Object windowed(Step step, CogroupedKStream<Object, Object> from) {
      Map<String, Object> window = object(step.field("window"));
      switch ((String) window.get("type")) {
        case "sliding": return from.windowedBy(sliding(window));
        case "session": return from.windowedBy(session(window));
        default: return from.windowedBy((Windows<Window>) windows(window));
      }
    }

    private Windows<?> windows(Map<String, Object> window) {
      switch ((String) window.get("type")) {
        case "tumbling": return TimeWindows.ofSizeAndGrace(ms(window, "sizeMs"), ms(window, "graceMs"));
        case "hopping":
          return TimeWindows.ofSizeAndGrace(ms(window, "sizeMs"), ms(window, "graceMs")).advanceBy(ms(window, "advanceMs"));
        case "unlimited":
          return UnlimitedWindows.of().startOn(java.time.Instant.ofEpochMilli((Long) window.get("startMs")));
        default: throw new IllegalArgumentException("Expected a known window, got " + window);
      }
    }

    private SlidingWindows sliding(Map<String, Object> window) {
      return SlidingWindows.ofTimeDifferenceAndGrace(ms(window, "timeDifferenceMs"), ms(window, "graceMs"));
    }

    private SessionWindows session(Map<String, Object> window) {
      return SessionWindows.ofInactivityGapAndGrace(ms(window, "gapMs"), ms(window, "graceMs"));
    }
  }

  private static Duration ms(Map<String, Object> fields, String field) {
    return Duration.ofMillis((Long) fields.get(field));
  }

  private static IllegalArgumentException unknown(Step step) {
    return new IllegalArgumentException("Expected a known step, got " + step.fields);
  }
}
