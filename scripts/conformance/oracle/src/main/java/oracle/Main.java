package oracle;

import static oracle.Values.elements;
import static oracle.Values.object;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;

/**
 * Reads cases, one line of JSON each, and answers each with a line: {"outputs", "outputCauses", "error"?}, or
 * {"refused": message} where Kafka Streams does not build the program.
 */
public final class Main {
  private Main() {}

  public static void main(String[] words) throws IOException {
    PrintStream answers = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    BufferedReader cases = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    Path state = Files.createTempDirectory("conformance-oracle-");
    int number = 0;
    for (String line = cases.readLine(); line != null; line = cases.readLine()) {
      answers.println(Values.print(answer(object(Values.parse(line)), state, number++)));
    }
    try (var left = Files.walk(state)) {
      for (Path path : left.sorted(java.util.Comparator.reverseOrder()).toList()) Files.delete(path);
    }
  }

  private static Map<String, Object> answer(Map<String, Object> described, Path state, int number) {
    Properties settings = settings(state, number);
    Program program = new Program();
    TopologyTestDriver driver;
    try {
      driver = new TopologyTestDriver(program.build(elements(described.get("topology")), settings), settings, Instant.EPOCH);
    } catch (RuntimeException error) {
      return Values.with(null, "refused", String.valueOf(error));
    }
    try (driver) {
      return run(driver, program, elements(described.get("inputs")));
    }
  }

  private static Properties settings(Path state, int number) {
    Properties settings = new Properties();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, "case-" + number);
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "none:1");
    settings.put(StreamsConfig.STATE_DIR_CONFIG, state.toString());
    settings.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, CaseSerdes.Keys.class);
    settings.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, CaseSerdes.Json.class);
    settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 0);
    settings.put(StreamsConfig.InternalConfig.EMIT_INTERVAL_MS_KSTREAMS_WINDOWED_AGGREGATION, 0);
    settings.put(StreamsConfig.InternalConfig.EMIT_INTERVAL_MS_KSTREAMS_OUTER_JOIN_SPURIOUS_RESULTS_FIX, 0);
    return settings;
  }

  private static Map<String, Object> run(TopologyTestDriver driver, Program program, List<Object> inputs) {
    Map<String, List<Object>> outputs = new java.util.TreeMap<>();
    Map<String, List<Object>> causes = new java.util.TreeMap<>();
    Map<String, Object> answer = new LinkedHashMap<>();
    for (int cause = 0; cause < inputs.size(); cause++) {
      try {
        pipe(driver, object(inputs.get(cause)));
      } catch (RuntimeException error) {
        answer.put("error", Values.with(null, "input", cause));
        answer.put("errorMessage", String.valueOf(error.getCause() == null ? error : error.getCause()));
        break;
      }
      for (String topic : program.outputTopics) {
        for (Object record : read(driver, topic)) {
          outputs.computeIfAbsent(topic, none -> new ArrayList<>()).add(record);
          causes.computeIfAbsent(topic, none -> new ArrayList<>()).add(cause);
        }
      }
    }
    answer.put("outputs", outputs.values().stream().flatMap(List::stream).toList());
    answer.put("outputCauses", causes.values().stream().flatMap(List::stream).toList());
    return answer;
  }

  private static void pipe(TopologyTestDriver driver, Map<String, Object> input) {
    if (input.get("advanceWallClockMs") != null) {
      driver.advanceWallClockTime(Duration.ofMillis((Long) input.get("advanceWallClockMs")));
      return;
    }
    RecordHeaders headers = new RecordHeaders();
    if (input.get("headers") != null) {
      object(input.get("headers"))
          .forEach((name, value) -> headers.add(name, ((String) value).getBytes(StandardCharsets.UTF_8)));
    }
    driver
        .createInputTopic((String) input.get("topic"), new StringSerializer(), new CaseSerdes.Json().serializer())
        .pipeInput(new TestRecord<>(
            (String) input.get("key"), input.get("value"), headers, (Long) input.get("timestamp")));
  }

  private static List<Object> read(TopologyTestDriver driver, String topic) {
    if (!driver.producedTopicNames().contains(topic)) return List.of();
    var output = driver.createOutputTopic(topic, new CaseSerdes.Keys().deserializer(), new CaseSerdes.Json().deserializer());
    List<Object> records = new ArrayList<>();
    for (TestRecord<Object, Object> read : output.readRecordsToList()) {
      Map<String, Object> record = new LinkedHashMap<>();
      record.put("topic", topic);
      record.put("key", Values.keyJson(read.key()));
      record.put("value", read.value());
      record.put("timestamp", read.timestamp());
      if (read.headers().iterator().hasNext()) {
        Map<String, Object> headers = new LinkedHashMap<>();
        for (Header header : read.headers()) headers.put(header.key(), new String(header.value(), StandardCharsets.UTF_8));
        record.put("headers", headers);
      }
      records.add(record);
    }
    return records;
  }
}
