package peer;

import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;

/**
 * One of the compared programs, until it is stopped: {@code LETTER BOOTSTRAP APPLICATION STATE-DIRECTORY GUARANTEE
 * COMMIT-INTERVAL-MS THREADS}. Says {@code RUNNING} each time it runs.
 */
public final class Main {
  private Main() {}

  public static void main(String[] args) throws InterruptedException {
    Properties config = new Properties();
    config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, args[1]);
    config.put(StreamsConfig.APPLICATION_ID_CONFIG, args[2]);
    config.put(StreamsConfig.STATE_DIR_CONFIG, args[3]);
    config.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, args[4].equals("exactly_once") ? StreamsConfig.EXACTLY_ONCE_V2 : args[4]);
    config.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, args[5]);
    config.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, args[6]);
    config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    KafkaStreams streams = new KafkaStreams(Programs.create(args[0], args[2] + "-output"), config);
    CountDownLatch stopped = new CountDownLatch(1);
    streams.setStateListener(
        (to, from) -> {
          if (to == KafkaStreams.State.RUNNING) System.out.println("RUNNING");
          if (to == KafkaStreams.State.ERROR) new Thread(() -> System.exit(1)).start();
        });
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      // Otherwise whoever starts next waits for the session of this one to end.
      streams.close(new KafkaStreams.CloseOptions().leaveGroup(true));
      stopped.countDown();
    }));
    streams.setUncaughtExceptionHandler(
        error -> {
          error.printStackTrace();
          return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
    streams.start();
    stopped.await();
  }
}
