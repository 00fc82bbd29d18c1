package oracle;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.Consumer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.*;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

/** Writes what {@code Topology#describe} says of some programs, each to a file in the folder that is named. */
public final class Descriptions {
  private static final Map<String, Consumer<StreamsBuilder>> PROGRAMS = new LinkedHashMap<>();

  private Descriptions() {}

  public static void main(String[] words) throws IOException {
    for (var program : PROGRAMS.entrySet()) {
      StreamsBuilder builder = new StreamsBuilder();
      program.getValue().accept(builder);
      Files.writeString(Path.of(words[0], program.getKey() + ".txt"), builder.build(settings()).describe().toString());
    }
  }

  private static Properties settings() {
    Properties settings = new Properties();
    settings.put("application.id", "described");
    settings.put("bootstrap.servers", "none:1");
    settings.put("default.key.serde", "org.apache.kafka.common.serialization.Serdes$StringSerde");
    settings.put("default.value.serde", "org.apache.kafka.common.serialization.Serdes$StringSerde");
    return settings;
  }

  private static <S extends org.apache.kafka.streams.processor.StateStore> Materialized<String, String, S> kept(String name) {
    return Materialized.as(name);
  }

  static {
    PROGRAMS.put("stateless", b -> {
      KStream<String, String> in = b.stream(List.of("in", "again", "zebra", "over"));
      KStream<String, String> one = in.filter((k, v) -> true).mapValues(v -> v).peek((k, v) -> {});
      KStream<String, String> two = in.filterNot((k, v) -> true).map((k, v) -> KeyValue.pair(k, v));
      KStream<String, String> three = two.flatMap((k, v) -> List.of(KeyValue.pair(k, v))).flatMapValues(v -> List.of(v));
      one.merge(three).selectKey((k, v) -> v).to("out");
      in.foreach((k, v) -> {});
    });
    PROGRAMS.put("word-count", b -> {
      KStream<String, String> lines = b.stream("lines");
      KTable<String, Long> counts = lines.flatMapValues(v -> List.of(v)).selectKey((k, v) -> v).groupByKey(Grouped.as("counts"))
          .count(Named.as("counts"), Materialized.as("counts"));
      counts.toStream().to("word-counts");
    });
    PROGRAMS.put("shared-repartition", b -> {
      KStream<String, String> in = b.stream("in");
      KGroupedStream<String, String> grouped = in.selectKey((k, v) -> v).groupByKey(Grouped.as("grouped"));
      grouped.count(Named.as("counts"), Materialized.as("counts")).toStream().to("counts-out");
      grouped.reduce((a, v) -> v, Named.as("latest"), kept("latest")).toStream().to("latest-out");
    });
    PROGRAMS.put("windows", b -> {
      KStream<String, String> in = b.stream("in");
      in.groupByKey().windowedBy(TimeWindows.ofSizeAndGrace(Duration.ofMinutes(1), Duration.ZERO))
          .count(Named.as("counts"), Materialized.as("counts"))
          .suppress(Suppressed.untilWindowCloses(Suppressed.BufferConfig.unbounded()).withName("final"))
          .toStream((k, v) -> k.key()).to("out");
    });
    PROGRAMS.put("session-windows", b -> {
      KStream<String, String> in = b.stream("in");
      in.groupByKey().windowedBy(SessionWindows.ofInactivityGapAndGrace(Duration.ofMinutes(1), Duration.ZERO))
          .reduce((a, v) -> v, Named.as("sessions"), kept("sessions")).toStream((k, v) -> k.key()).to("out");
    });
    PROGRAMS.put("foreign-key-left-join", b -> {
      KTable<String, String> orders = b.table("orders", kept("order-rows"));
      KTable<String, String> customers = b.table("customers", kept("customer-rows"));
      orders.leftJoin(customers, v -> v, (l, r) -> l, TableJoined.as("with-customer"), kept("with-customer")).toStream().to("out");
    });
    PROGRAMS.put("stream-table-join", b -> {
      KStream<String, String> in = b.stream("in");
      KTable<String, String> rows = b.table("rows", kept("rows"));
      in.selectKey((k, v) -> v).leftJoin(rows, (v, row) -> v, Joined.as("with-row")).to("out");
    });
    PROGRAMS.put("global-table", b -> {
      KStream<String, String> in = b.stream("in");
      GlobalKTable<String, String> names = b.globalTable("names", kept("names"));
      in.join(names, (k, v) -> v, (v, name) -> v).to("out");
    });
    PROGRAMS.put("table-join", b -> {
      KTable<String, String> orders = b.table("orders", kept("orders"));
      KTable<String, String> payments = b.table("payments", kept("payments"));
      orders.filter((k, v) -> true).mapValues(v -> v).outerJoin(payments, (l, r) -> l, kept("joined")).toStream().to("out");
    });
    PROGRAMS.put("table-left-join", b -> {
      KTable<String, String> orders = b.table("orders", kept("order-rows"));
      KTable<String, String> payments = b.table("payments", kept("payment-rows"));
      orders.filter((k, v) -> true).leftJoin(payments, (l, r) -> l).toStream().to("open-orders");
    });
    PROGRAMS.put("regrouped-table", b -> {
      KTable<String, String> rows = b.table("rows", kept("rows"));
      rows.groupBy((k, v) -> KeyValue.pair(v, k), Grouped.as("by-value")).count(Named.as("counts"), Materialized.as("counts"))
          .toStream().to("out");
      KGroupedTable<String, String> shared = rows.groupBy((k, v) -> KeyValue.pair(v, k), Grouped.as("shared"));
      shared.count(Named.as("first"), Materialized.as("first")).toStream().to("first-out");
      shared.count(Named.as("second"), Materialized.as("second")).toStream().to("second-out");
    });
    PROGRAMS.put("cogroup", b -> {
      KStream<String, String> one = b.stream("one");
      KStream<String, String> two = b.stream("two");
      one.groupByKey().<String>cogroup((k, v, a) -> v).cogroup(two.groupByKey(), (k, v, a) -> v)
          .aggregate(() -> "", Named.as("both"), kept("both")).toStream().to("out");
    });
    PROGRAMS.put("processor", b -> {
      b.addStateStore(Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore("seen"), null, null));
      KStream<String, String> in = b.stream("in");
      in.process(() -> new ContextualProcessor<String, String, String, String>() {
        @Override
        public void process(Record<String, String> record) {}
      }, Named.as("once"), "seen").repartition(Repartitioned.as("again")).toTable(Named.as("latest"), kept("latest")).toStream().to("out");
    });
  }
}
