package oracle;

import static oracle.Values.elements;
import static oracle.Values.get;
import static oracle.Values.keyText;
import static oracle.Values.num;
import static oracle.Values.number;
import static oracle.Values.object;
import static oracle.Values.str;
import static oracle.Values.text;
import static oracle.Values.with;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.DoubleBinaryOperator;
import java.util.function.IntPredicate;
import java.util.regex.Pattern;
import org.apache.kafka.streams.kstream.Windowed;

/** The functions of cases, by role. Each method makes one of its description. */
final class Functions {
  private Functions() {}

  interface Predicate {
    boolean test(Object key, Object value);
  }

  /** A selector of keys, a mapper of values, or a reducer of (aggregate, value). */
  interface OfTwo {
    Object apply(Object a, Object b);
  }

  interface FlatMapper {
    List<Object> apply(Object key, Object value);
  }

  /** A joiner of (key, left, right), an aggregator of (key, value, aggregate), or a merger of (key, a, b). */
  interface OfThree {
    Object apply(Object key, Object a, Object b);
  }

  static Predicate predicate(Object described) {
    Map<String, Object> spec = object(described);
    String field = (String) spec.get("field");
    Object expected = spec.get("value");
    switch (nameOf(spec)) {
      case "true": return (key, value) -> true;
      case "false": return (key, value) -> false;
      case "eq": return (key, value) -> Objects.equals(get(value, field), expected);
      case "ne": return (key, value) -> !Objects.equals(get(value, field), expected);
      case "gt": return compared(field, expected, order -> order > 0);
      case "gte": return compared(field, expected, order -> order >= 0);
      case "lt": return compared(field, expected, order -> order < 0);
      case "lte": return compared(field, expected, order -> order <= 0);
      case "exists": return (key, value) -> get(value, field) != null;
      case "mod": {
        long divisor = (Long) spec.get("divisor");
        long remainder = (Long) spec.get("remainder");
        return (key, value) ->
            get(value, field) instanceof Number n && Math.floorMod(n.longValue(), divisor) == remainder;
      }
      case "keyEq": return (key, value) -> Objects.equals(keyText(key), expected);
      case "keyPrefix": return (key, value) -> keyText(key) != null && keyText(key).startsWith((String) expected);
      case "not": {
        Predicate of = predicate(spec.get("of"));
        return (key, value) -> !of.test(key, value);
      }
      case "and": {
        List<Predicate> of = elements(spec.get("of")).stream().map(Functions::predicate).toList();
        return (key, value) -> of.stream().allMatch(part -> part.test(key, value));
      }
      case "or": {
        List<Predicate> of = elements(spec.get("of")).stream().map(Functions::predicate).toList();
        return (key, value) -> of.stream().anyMatch(part -> part.test(key, value));
      }
      default: throw unknown("predicate", spec);
    }
  }

  private static Predicate compared(String field, Object bound, IntPredicate holds) {
    return (key, value) -> {
      Object found = get(value, field);
      if (found instanceof Number && bound instanceof Number) return holds.test(Double.compare(num(found), num(bound)));
      return found instanceof String a && bound instanceof String b && holds.test(a.compareTo(b));
    };
  }

  static OfTwo selector(Object described) {
    Map<String, Object> spec = object(described);
    String field = (String) spec.get("field");
    switch (nameOf(spec)) {
      case "key": return (key, value) -> key;
      case "field": return (key, value) -> str(get(value, field));
      case "const": return (key, value) -> str(spec.get("value"));
      case "windowKey": return (key, value) -> keyText(key);
      case "windowString":
        return (key, value) -> key instanceof Windowed<?> w
            ? keyText(key) + "@" + w.window().start() + "-" + Values.windowEnd(w)
            : key;
      case "concat": {
        List<OfTwo> parts = elements(spec.get("parts")).stream().map(Functions::selector).toList();
        return (key, value) -> {
          List<String> texts = new ArrayList<>();
          for (OfTwo part : parts) texts.add(keyText(part.apply(key, value)));
          return texts.contains(null) ? null : String.join(sepOf(spec), texts);
        };
      }
      default: throw unknown("selector", spec);
    }
  }

  static OfTwo mapper(Object described) {
    Map<String, Object> spec = object(described);
    switch (nameOf(spec)) {
      case "value": return (key, value) -> value;
      case "const": return (key, value) -> spec.get("value");
      case "field": return (key, value) -> get(value, (String) spec.get("field"));
      case "key": return (key, value) -> Values.keyJson(key);
      case "object": {
        Map<String, OfTwo> fields = new LinkedHashMap<>();
        object(spec.get("fields")).forEach((name, of) -> fields.put(name, mapper(of)));
        return (key, value) -> {
          Map<String, Object> made = new LinkedHashMap<>();
          fields.forEach((name, of) -> made.put(name, of.apply(key, value)));
          return made;
        };
      }
      case "set": {
        OfTwo to = mapper(spec.get("to"));
        return (key, value) -> with(value, (String) spec.get("field"), to.apply(key, value));
      }
      case "add": return arithmetic(spec, (a, b) -> a + b);
      case "sub": return arithmetic(spec, (a, b) -> a - b);
      case "mul": return arithmetic(spec, (a, b) -> a * b);
      case "concat": {
        List<OfTwo> parts = elements(spec.get("parts")).stream().map(Functions::mapper).toList();
        return (key, value) ->
            String.join(sepOf(spec), parts.stream().map(part -> text(part.apply(key, value))).toList());
      }
      case "if": {
        Predicate condition = predicate(spec.get("cond"));
        OfTwo yes = mapper(spec.get("then"));
        OfTwo no = mapper(spec.get("else"));
        return (key, value) -> condition.test(key, value) ? yes.apply(key, value) : no.apply(key, value);
      }
      default: throw unknown("mapper", spec);
    }
  }

  private static OfTwo arithmetic(Map<String, Object> spec, DoubleBinaryOperator of) {
    OfTwo a = mapper(spec.get("a"));
    OfTwo b = mapper(spec.get("b"));
    return (key, value) -> number(of.applyAsDouble(num(a.apply(key, value)), num(b.apply(key, value))));
  }

  static FlatMapper flatMapper(Object described) {
    Map<String, Object> spec = object(described);
    String field = (String) spec.get("field");
    switch (nameOf(spec)) {
      case "explode": return (key, value) -> elements(get(value, field));
      case "split": {
        Pattern sep = Pattern.compile(Pattern.quote((String) spec.get("sep")));
        return (key, value) -> {
          List<Object> pieces = new ArrayList<>();
          if (get(value, field) instanceof String whole) {
            for (String piece : sep.split(whole)) if (!piece.isEmpty()) pieces.add(piece);
          }
          return pieces;
        };
      }
      case "list": {
        List<OfTwo> items = elements(spec.get("items")).stream().map(Functions::mapper).toList();
        return (key, value) -> {
          List<Object> made = new ArrayList<>();
          for (OfTwo item : items) made.add(item.apply(key, value));
          return made;
        };
      }
      default: throw unknown("flat mapper", spec);
    }
  }

  static OfThree joiner(Object described) {
    Map<String, Object> spec = object(described);
    switch (nameOf(spec)) {
      case "pair": return (key, left, right) -> with(with(null, "left", left), "right", right);
      case "pairWithKey":
        return (key, left, right) -> with(with(with(null, "key", Values.keyJson(key)), "left", left), "right", right);
      case "merge":
        return (key, left, right) -> {
          Map<String, Object> made = new LinkedHashMap<>();
          if (object(left) != null) made.putAll(object(left));
          if (object(right) != null) made.putAll(object(right));
          return made;
        };
      case "left": return (key, left, right) -> left;
      case "right": return (key, left, right) -> right;
      case "add":
        return (key, left, right) ->
            number(num(get(left, (String) spec.get("left"))) + num(get(right, (String) spec.get("right"))));
      case "concat": return (key, left, right) -> text(left) + sepOf(spec) + text(right);
      default: throw unknown("joiner", spec);
    }
  }

  static OfThree aggregator(Object described) {
    Map<String, Object> spec = object(described);
    String field = (String) spec.get("field");
    switch (nameOf(spec)) {
      case "sum": return (key, value, agg) -> number(num(agg) + num(get(value, field)));
      case "sub": return (key, value, agg) -> number(num(agg) - num(get(value, field)));
      case "count": return (key, value, agg) -> number(num(agg) + 1);
      case "uncount": return (key, value, agg) -> number(num(agg) - 1);
      case "append":
        return (key, value, agg) -> {
          List<Object> list = new ArrayList<>(elements(agg));
          list.add(get(value, field));
          return list;
        };
      case "remove":
        return (key, value, agg) -> {
          List<Object> list = new ArrayList<>(elements(agg));
          list.remove(get(value, field));
          return list;
        };
      case "min": return (key, value, agg) -> extreme(agg, get(value, field), Math::min);
      case "max": return (key, value, agg) -> extreme(agg, get(value, field), Math::max);
      case "last": return (key, value, agg) -> get(value, field);
      case "first": return (key, value, agg) -> agg == null ? get(value, field) : agg;
      case "concat":
        return (key, value, agg) -> agg == null || agg.equals("")
            ? text(get(value, field))
            : text(agg) + sepOf(spec) + text(get(value, field));
      case "into": {
        OfThree of = aggregator(spec.get("of"));
        return (key, value, agg) -> with(agg, field, of.apply(key, value, object(agg) == null ? null : object(agg).get(field)));
      }
      case "all": {
        List<OfThree> of = elements(spec.get("of")).stream().map(Functions::aggregator).toList();
        return (key, value, agg) -> {
          Object current = agg;
          for (OfThree step : of) current = step.apply(key, value, current);
          return current;
        };
      }
      case "nullIfZero": {
        OfThree of = aggregator(spec.get("of"));
        return (key, value, agg) -> {
          Object result = of.apply(key, value, agg);
          return result instanceof Number n && n.doubleValue() == 0 ? null : result;
        };
      }
      default: throw unknown("aggregator", spec);
    }
  }

  static OfTwo reducer(Object described) {
    Map<String, Object> spec = object(described);
    String field = (String) spec.get("field");
    switch (nameOf(spec)) {
      case "last": return (agg, value) -> value;
      case "first": return (agg, value) -> agg;
      case "max": return (agg, value) -> num(get(value, field)) > num(get(agg, field)) ? value : agg;
      case "min": return (agg, value) -> num(get(value, field)) < num(get(agg, field)) ? value : agg;
      case "sum": return reduced(field, (a, b) -> a + b);
      case "sub": return reduced(field, (a, b) -> a - b);
      case "concat": return (agg, value) -> text(agg) + sepOf(spec) + text(value);
      default: throw unknown("reducer", spec);
    }
  }

  private static OfTwo reduced(String field, DoubleBinaryOperator of) {
    return (agg, value) -> {
      Object result = number(of.applyAsDouble(num(get(agg, field)), num(get(value, field))));
      return field == null ? result : with(agg, field, result);
    };
  }

  static OfThree merger(Object described) {
    Map<String, Object> spec = object(described);
    switch (nameOf(spec)) {
      case "sum": return (key, a, b) -> number(num(a) + num(b));
      case "concatLists":
        return (key, a, b) -> {
          List<Object> list = new ArrayList<>(elements(a));
          list.addAll(elements(b));
          return list;
        };
      case "concat":
        return (key, a, b) -> a == null || a.equals("") ? b : b == null || b.equals("") ? a : text(a) + sepOf(spec) + text(b);
      case "max": return (key, a, b) -> extreme(a, b, Math::max);
      case "min": return (key, a, b) -> extreme(a, b, Math::min);
      case "first": return (key, a, b) -> a;
      case "second": return (key, a, b) -> b;
      case "fields": {
        Map<String, OfThree> fields = new LinkedHashMap<>();
        object(spec.get("of")).forEach((name, of) -> fields.put(name, merger(of)));
        return (key, a, b) -> {
          Map<String, Object> made = new LinkedHashMap<>();
          fields.forEach((name, of) ->
              made.put(name, of.apply(key, object(a) == null ? null : object(a).get(name), object(b) == null ? null : object(b).get(name))));
          return made;
        };
      }
      default: throw unknown("merger", spec);
    }
  }

  private static Object extreme(Object a, Object b, DoubleBinaryOperator of) {
    if (!(a instanceof Number)) return b;
    return b instanceof Number ? number(of.applyAsDouble(num(a), num(b))) : a;
  }

  private static String nameOf(Map<String, Object> spec) {
    return spec == null ? "" : String.valueOf(spec.get("fn"));
  }

  private static String sepOf(Map<String, Object> spec) {
    return spec.get("sep") == null ? "" : (String) spec.get("sep");
  }

  private static IllegalArgumentException unknown(String role, Map<String, Object> spec) {
    return new IllegalArgumentException("Expected a known " + role + ", got " + Values.print(spec));
  }
}
