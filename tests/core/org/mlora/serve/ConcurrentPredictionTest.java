package org.mlora.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.mlora.data.UnknownDomain;
import org.mlora.testing.NoNativeLeaks;

/** One predictor answers many threads, each with the prediction of its own row. */
@ExtendWith(NoNativeLeaks.class)
class ConcurrentPredictionTest {
  private static final int THREADS = 8;
  private static final int ROUNDS = 500;

  private static final List<Map<String, String>> TEXTS =
      List.of(
          Map.of("uid", "u1", "pid", "i3", "price", "0.5", "domain", "toys"),
          Map.of("uid", "u2", "pid", "", "price", "", "domain", "books"),
          Map.of("uid", "u3", "pid", "i9", "price", "-3", "domain", "nowhere"));

  @Test
  void threadsGetThePredictionsOfTheirOwnRows() throws Exception {
    try (Predictor predictor = PredictorTest.predictor(UnknownDomain.FALLBACK)) {
      float[] expected = predictor.predict(PredictorTest.columns());
      float[] ofTexts = predictor.predict(TEXTS);
      List<Callable<Integer>> tasks = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        int row = i % 3;
        tasks.add(
            switch (i % 4) {
              case 0 -> () -> wrong(() -> predictor.predict(TEXTS.get(row)) == ofTexts[row]);
              case 1 ->
                  () ->
                      wrong(
                          () ->
                              Arrays.equals(predictor.predict(PredictorTest.columns()), expected));
              default -> () -> batches(predictor, row, expected[row]);
            });
      }
      ExecutorService threads = Executors.newFixedThreadPool(THREADS);
      try {
        for (Future<Integer> task : threads.invokeAll(tasks)) {
          assertThat(task.get()).as("wrong predictions").isZero();
        }
      } finally {
        threads.shutdown();
      }
    }
  }

  private static int batches(Predictor predictor, int row, float expected) {
    try (PredictionBatch batch = predictor.batch(2)) {
      return wrong(
          () -> {
            PredictorTest.set(batch, 1, row);
            PredictorTest.set(batch, 0, row);
            return batch.predict(2).get(1) == expected;
          });
    }
  }

  private interface Round {
    boolean right();
  }

  private static int wrong(Round round) {
    int wrong = 0;
    for (int i = 0; i < ROUNDS; i++) {
      wrong += round.right() ? 0 : 1;
    }
    return wrong;
  }
}
