package peer;

import java.time.Duration;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Joined;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.TableJoined;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.WindowStore;
import peer.Rows.Customer;
import peer.Rows.Order;
import peer.Rows.OrderSummary;
import peer.Rows.OrderWithCountry;
import peer.Rows.Product;
import peer.Rows.Sale;

/** The compared programs, by letter; each writes to the topic given. */
final class Programs {
  private static final Serde<Integer> IDS = new JsonSerde<>(Integer.class);
  private static final Serde<Long> LONGS = new JsonSerde<>(Long.class);
  private static final Serde<String> TEXTS = new JsonSerde<>(String.class);
  private static final Serde<Order> ORDERS = new JsonSerde<>(Order.class);
  private static final Serde<Customer> CUSTOMERS = new JsonSerde<>(Customer.class);
  private static final Serde<Product> PRODUCTS = new JsonSerde<>(Product.class);
  private static final Serde<OrderSummary> SUMMARIES = new JsonSerde<>(OrderSummary.class);
  private static final Serde<OrderWithCountry> ORDERS_WITH_COUNTRY = new JsonSerde<>(OrderWithCountry.class);
  private static final Serde<Sale> SALES = new JsonSerde<>(Sale.class);

  private Programs() {}

  static Topology create(String letter, String output) {
    StreamsBuilder builder = new StreamsBuilder();
    switch (letter) {
      case "a" -> filterAndMap(builder, output);
      case "b" -> countByCustomer(builder, output);
      case "c" -> joinWithCustomer(builder, output);
      case "d" -> joinByForeignKey(builder, output);
      case "e" -> revenueByMinute(builder, output);
      case "f" -> revenueByCountry(builder, output);
      default -> throw new IllegalArgumentException("no program " + letter);
    }
    return builder.build();
  }

  private static void filterAndMap(StreamsBuilder builder, String output) {
    builder
        .stream("orders", Consumed.with(IDS, ORDERS))
        .filter((id, order) -> !order.status.equals("cancelled"))
        .mapValues(OrderSummary::new)
        .to(output, Produced.with(IDS, SUMMARIES));
  }

  private static void countByCustomer(StreamsBuilder builder, String output) {
    builder
        .stream("orders", Consumed.with(IDS, ORDERS))
        .groupBy((id, order) -> order.customerId, Grouped.with("orders-by-customer", IDS, ORDERS))
        .count(Materialized.<Integer, Long, KeyValueStore<Bytes, byte[]>>as("orders-by-customer").withKeySerde(IDS).withValueSerde(LONGS))
        .toStream()
        .to(output, Produced.with(IDS, LONGS));
  }

  private static void joinWithCustomer(StreamsBuilder builder, String output) {
    KTable<Integer, Customer> customers = builder.table("customers", Consumed.with(IDS, CUSTOMERS));
    builder
        .stream("orders", Consumed.with(IDS, ORDERS))
        .selectKey((id, order) -> order.customerId)
        .join(customers, OrderWithCountry::new, Joined.with(IDS, ORDERS, CUSTOMERS, "orders-with-customer"))
        .to(output, Produced.with(IDS, ORDERS_WITH_COUNTRY));
  }

  private static void joinByForeignKey(StreamsBuilder builder, String output) {
    KTable<Integer, Customer> customers = builder.table("customers", Consumed.with(IDS, CUSTOMERS));
    builder
        .table("orders", Consumed.with(IDS, ORDERS))
        .join(
            customers,
            order -> order.customerId,
            OrderWithCountry::new,
            TableJoined.as("orders-with-customer"),
            Materialized.with(IDS, ORDERS_WITH_COUNTRY))
        .toStream()
        .to(output, Produced.with(IDS, ORDERS_WITH_COUNTRY));
  }

  private static void revenueByMinute(StreamsBuilder builder, String output) {
    builder
        .stream("orders", Consumed.with(IDS, ORDERS))
        .groupBy((id, order) -> order.productId, Grouped.with("revenue-by-minute", IDS, ORDERS))
        .windowedBy(TimeWindows.ofSizeAndGrace(Duration.ofMinutes(1), Duration.ofHours(24)))
        .aggregate(
            () -> 0L,
            (product, order, cents) -> cents + order.cents(),
            Materialized.<Integer, Long, WindowStore<Bytes, byte[]>>as("revenue-by-minute").withKeySerde(IDS).withValueSerde(LONGS))
        .toStream((product, cents) -> product.key() + "@" + product.window().start())
        .to(output, Produced.with(TEXTS, LONGS));
  }

  private static void revenueByCountry(StreamsBuilder builder, String output) {
    KTable<Integer, Customer> customers = builder.table("customers", Consumed.with(IDS, CUSTOMERS));
    KTable<Integer, Product> products = builder.table("products", Consumed.with(IDS, PRODUCTS));
    builder
        .table("orders", Consumed.with(IDS, ORDERS))
        .join(
            customers,
            order -> order.customerId,
            OrderWithCountry::new,
            TableJoined.as("orders-with-customer"),
            Materialized.with(IDS, ORDERS_WITH_COUNTRY))
        .join(products, order -> order.productId, Sale::new, TableJoined.as("sales"), Materialized.with(IDS, SALES))
        .groupBy((id, sale) -> KeyValue.pair(sale.country, sale.cents), Grouped.with("revenue-by-country", TEXTS, LONGS))
        .reduce(
            Long::sum,
            (sum, cents) -> sum - cents,
            Materialized.<String, Long, KeyValueStore<Bytes, byte[]>>as("revenue-by-country").withKeySerde(TEXTS).withValueSerde(LONGS))
        .toStream()
        .to(output, Produced.with(TEXTS, LONGS));
  }
}
