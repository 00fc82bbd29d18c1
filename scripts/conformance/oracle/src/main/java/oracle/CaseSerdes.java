package oracle;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
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

  /** Keys: strings in UTF-8, and windowed keys in the order of those of the DSL, after a byte that no string of a case begins with. */
  public static final class Keys extends Serdes.WrapperSerde<Object> {
    private static final int WINDOW_BYTES = 17;

    public Keys() {
      super((topic, key) -> write(key), (topic, bytes) -> read(bytes));
    }

    private static byte[] write(Object key) {
      if (key == null) return null;
      if (key instanceof String text) return text.getBytes(StandardCharsets.UTF_8);
      Windowed<?> windowed = (Windowed<?>) key;
      boolean session = windowed.window() instanceof SessionWindow;
      byte[] inner = write(windowed.key());
      long start = windowed.window().start();
      long end = windowed.window().end();
      return ByteBuffer.allocate(1 + inner.length + WINDOW_BYTES)
          .put((byte) 0)
          .put(inner)
          .putLong(session ? end : start)
          .putLong(session ? start : end)
          .put((byte) (session ? 1 : 0))
          .array();
    }

    private static Object read(byte[] bytes) {
      if (bytes == null) return null;
      if (bytes.length == 0 || bytes[0] != 0) return new String(bytes, StandardCharsets.UTF_8);
      Object inner = read(Arrays.copyOfRange(bytes, 1, bytes.length - WINDOW_BYTES));
      ByteBuffer window = ByteBuffer.wrap(bytes, bytes.length - WINDOW_BYTES, WINDOW_BYTES);
      long first = window.getLong();
      long second = window.getLong();
      return new Windowed<>(inner, window.get() == 1 ? new SessionWindow(second, first) : new TimeWindow(first, second));
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
