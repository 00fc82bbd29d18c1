package oracle;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.streams.kstream.Windowed;

/** JSON as plain objects: null, Boolean, Long (Double where not whole), String, List, Map. Never changed in place. */
final class Values {
  static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.USE_LONG_FOR_INTS);

  private Values() {}

  static Object parse(String text) {
    try {
      return JSON.readValue(text, Object.class);
    } catch (JsonProcessingException error) {
      throw new IllegalArgumentException(error);
    }
  }

  static String print(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException error) {
      throw new IllegalArgumentException(error);
    }
  }

  /** The object that a value is; null for any other. */
  @SuppressWarnings("unchecked")
  static Map<String, Object> object(Object value) {
    return value instanceof Map<?, ?> ? (Map<String, Object>) value : null;
  }

  /** The elements of an array; none for any other value. */
  @SuppressWarnings("unchecked")
  static List<Object> elements(Object value) {
    return value instanceof List<?> ? (List<Object>) value : List.of();
  }

  /** A copy of an object, or a new one for any other value, with one field set. */
  static Map<String, Object> with(Object value, String field, Object to) {
    Map<String, Object> copy = value instanceof Map<?, ?> ? new LinkedHashMap<>(object(value)) : new LinkedHashMap<>();
    copy.put(field, to);
    return copy;
  }

  static Object get(Object value, String path) {
    if (path == null) return value;
    Object current = value;
    for (String name : path.split("\\.", -1)) current = current instanceof Map<?, ?> map ? map.get(name) : null;
    return current;
  }

  static double num(Object value) {
    return value instanceof Number number ? number.doubleValue() : 0;
  }

  static Object number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1L << 62 ? (Object) (long) value : (Object) value;
  }

  static String str(Object value) {
    return value instanceof String || value instanceof Number || value instanceof Boolean ? value.toString() : null;
  }

  static String text(Object value) {
    String text = str(value);
    return text == null ? "null" : text;
  }

  /** The string of a key, the inner one of a windowed key. */
  static String keyText(Object key) {
    return key == null ? null : key instanceof Windowed<?> windowed ? keyText(windowed.key()) : key.toString();
  }

  /** A key as JSON. */
  static Object keyJson(Object key) {
    if (!(key instanceof Windowed<?> windowed)) return key;
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("key", keyJson(windowed.key()));
    json.put("start", windowed.window().start());
    json.put("end", windowEnd(windowed));
    return json;
  }

  /** Null for an unlimited window. */
  static Long windowEnd(Windowed<?> windowed) {
    return windowed.window().end() == Long.MAX_VALUE ? null : (Long) windowed.window().end();
  }
}
