package oracle;

import static oracle.Values.get;
import static oracle.Values.keyText;
import static oracle.Values.num;
import static oracle.Values.number;
import static oracle.Values.object;
import static oracle.Values.with;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.ContextualFixedKeyProcessor;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorContext;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/** The processors of cases. Each keeps its state in the store named. */
final class Processors {
  private Processors() {}

  static StoreBuilder<KeyValueStore<String, Object>> store(String name) {
    return Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(name), Serdes.String(), new CaseSerdes.Json());
  }

  static Processor<Object, Object, Object, Object> processor(Object described, String store) {
    Map<String, Object> spec = object(described);
    switch ((String) spec.get("fn")) {
      case "dedupe": return new Dedupe(store);
      case "runningCount": return new RunningCount(store);
      case "batch": return new Batch(store, spec);
      default: throw new IllegalArgumentException("Expected a known processor, got " + Values.print(spec));
    }
  }

  static FixedKeyProcessor<Object, Object, Object> valueProcessor(Object described, String store) {
    Map<String, Object> spec = object(described);
    switch ((String) spec.get("fn")) {
      case "runningSum": return new RunningSum(store, (String) spec.get("field"));
      case "withTimestamp": return new WithTimestamp();
      default: throw new IllegalArgumentException("Expected a known processor of values, got " + Values.print(spec));
    }
  }

  private abstract static class Stateful extends ContextualProcessor<Object, Object, Object, Object> {
    private final String name;
    protected KeyValueStore<String, Object> store;

    Stateful(String name) {
      this.name = name;
    }

    @Override
    public void init(ProcessorContext<Object, Object> context) {
      super.init(context);
      store = context.getStateStore(name);
    }
  }

  private static final class Dedupe extends Stateful {
    Dedupe(String store) {
      super(store);
    }

    @Override
    public void process(Record<Object, Object> record) {
      String key = keyText(record.key());
      if (key == null || Objects.equals(store.get(key), record.value())) return;
      context().forward(record);
      store.put(key, record.value());
    }
  }

  private static final class RunningCount extends Stateful {
    RunningCount(String store) {
      super(store);
    }

    @Override
    public void process(Record<Object, Object> record) {
      String key = keyText(record.key());
      if (key == null) return;
      Object n = number(num(store.get(key)) + 1);
      store.put(key, n);
      context().forward(record.withValue(with(with(null, "n", n), "value", record.value())));
    }
  }

  private static final class Batch extends Stateful {
    private final Map<String, Object> spec;

    Batch(String store, Map<String, Object> spec) {
      super(store);
      this.spec = spec;
    }

    @Override
    public void init(ProcessorContext<Object, Object> context) {
      super.init(context);
      PunctuationType type =
          spec.get("punctuation").equals("wallClock") ? PunctuationType.WALL_CLOCK_TIME : PunctuationType.STREAM_TIME;
      context.schedule(Duration.ofMillis((Long) spec.get("intervalMs")), type, this::flush);
    }

    @Override
    public void process(Record<Object, Object> record) {
      String key = keyText(record.key());
      if (key != null) store.put(key, record.value());
    }

    private void flush(long timestamp) {
      List<KeyValue<String, Object>> entries = new ArrayList<>();
      try (KeyValueIterator<String, Object> all = store.all()) {
        all.forEachRemaining(entries::add);
      }
      for (KeyValue<String, Object> entry : entries) {
        store.delete(entry.key);
        context().forward(new Record<>(entry.key, entry.value, timestamp));
      }
    }
  }

  private static final class RunningSum extends ContextualFixedKeyProcessor<Object, Object, Object> {
    private final String name;
    private final String field;
    private KeyValueStore<String, Object> store;

    RunningSum(String name, String field) {
      this.name = name;
      this.field = field;
    }

    @Override
    public void init(FixedKeyProcessorContext<Object, Object> context) {
      super.init(context);
      store = context.getStateStore(name);
    }

    @Override
    public void process(FixedKeyRecord<Object, Object> record) {
      String key = keyText(record.key());
      if (key == null) return;
      Object sum = number(num(store.get(key)) + num(get(record.value(), field)));
      store.put(key, sum);
      context().forward(record.withValue(sum));
    }
  }

  private static final class WithTimestamp extends ContextualFixedKeyProcessor<Object, Object, Object> {
    @Override
    public void process(FixedKeyRecord<Object, Object> record) {
      context().forward(record.withValue(with(with(null, "value", record.value()), "ts", record.timestamp())));
    }
  }
}
