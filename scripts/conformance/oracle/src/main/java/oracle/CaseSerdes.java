package oracle;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.kstream.Windowed;
import org.apache.kafka.streams.kstream.internals.SessionWindow;
import org.apache.kafka.streams.kstream.internals.TimeWindow;

/** How keys and values are written where no operator of the DSL knows better. */
final class CaseSerdes {
  private CaseSerdes() {}

  /** Keys: strings in UTF-8, and windowed keys as JSON after a byte that no key of a case begins with. */
  public static final class Keys extends Serdes.WrapperSerde<Object> {
    public Keys() {
      super((topic, key) -> write(key), (topic, bytes) -> read(bytes));
    }

    private static byte[] write(Object key) {
      if (key == null) return null;
      if (key instanceof String text) return text.getBytes(StandardCharsets.UTF_8);
      Windowed<?> windowed = (Windowed<?>) key;
      Map<String, Object> json = Values.with(Values.keyJson(key), "session", windowed.window() instanceof SessionWindow);
      return ('\u0000' + Values.print(json)).getBytes(StandardCharsets.UTF_8);
    }

    private static Object read(byte[] bytes) {
      if (bytes == null) return null;
      String text = new String(bytes, StandardCharsets.UTF_8);
      if (!text.startsWith("\u0000")) return text;
      Map<String, Object> json = Values.object(Values.parse(text.substring(1)));
      long start = (Long) json.get("start");
      long end = json.get("end") == null ? Long.MAX_VALUE : (Long) json.get("end");
      boolean session = Boolean.TRUE.equals(json.get("session"));
      return new Windowed<>(json.get("key"), session ? new SessionWindow(start, end) : new TimeWindow(start, end));
    }
  }

  /** Values: JSON in UTF-8. */
  public static final class Json implements Serde<Object> {
    @Override
    public Serializer<Object> serializer() {
      return (topic, value) -> value == null ? null : Values.print(value).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public Deserializer<Object> deserializer() {
      return (topic, bytes) -> bytes == null ? null : Values.parse(new String(bytes, StandardCharsets.UTF_8));
    }
  }
}
