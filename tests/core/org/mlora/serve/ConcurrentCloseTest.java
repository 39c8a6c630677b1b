package org.mlora.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.mlora.backend.Backend;
import org.mlora.backend.cpu.CpuBackend;
import org.mlora.backend.reference.ReferenceBackend;
import org.mlora.data.UnknownDomain;
import org.mlora.data.Vocabularies;
import org.mlora.error.ClosedException;
import org.mlora.testing.NoNativeLeaks;

/** A predictor that is closed, or shared by mistake, refuses or waits, and never crashes. */
@ExtendWith(NoNativeLeaks.class)
class ConcurrentCloseTest {
  private static final int ROUNDS = 200;

  @Test
  void refusesUseAfterCloseAndClosesTwice() {
    Predictor predictor = PredictorTest.predictor(UnknownDomain.FALLBACK);
    PredictionBatch batch = predictor.batch(2);
    PredictorTest.set(batch, 0, 0);
    predictor.close();
    predictor.close();
    assertThatThrownBy(() -> batch.predict(1))
        .isInstanceOf(ClosedException.class)
        .hasMessageContaining("used after it was closed");
    assertThatThrownBy(() -> predictor.predict(PredictorTest.columns()))
        .isInstanceOf(ClosedException.class)
        .hasMessageContaining("used after it was closed");
    batch.close();
    batch.close();
  }

  @Test
  void closesWhileOtherThreadsPredict() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      for (int round = 0; round < ROUNDS; round++) {
        Predictor predictor = PredictorTest.predictor(UnknownDomain.FALLBACK);
        float[] expected = predictor.predict(PredictorTest.columns());
        CountDownLatch predicting = new CountDownLatch(2);
        List<Future<ClosedException>> ends = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
          ends.add(threads.submit(() -> predictUntilClosed(predictor, expected, predicting)));
        }
        predicting.await();
        predictor.close();
        for (Future<ClosedException> end : ends) {
          assertThat(end.get()).hasMessageContaining("used after it was closed");
        }
      }
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void waitsForPredictionsOfManyRows() throws Exception {
    Map<String, String> row = Map.of("uid", "u1", "pid", "i3", "price", "0.5", "domain", "toys");
    ExecutorService threads = Executors.newFixedThreadPool(1);
    try {
      for (int round = 0; round < 20; round++) {
        Predictor predictor = PredictorTest.predictor(UnknownDomain.FALLBACK);
        CountDownLatch predicting = new CountDownLatch(1);
        Future<float[]> all =
            threads.submit(
                () ->
                    predictor.predict(
                        new AbstractList<Map<String, String>>() {
                          @Override
                          public Map<String, String> get(int index) {
                            predicting.countDown();
                            return row;
                          }

                          @Override
                          public int size() {
                            return 20_000;
                          }
                        }));
        predicting.await();
        predictor.close();
        assertThat(all.get()).hasSize(20_000);
      }
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void refusesBatchesAfterCloseOnEveryBackend() {
    Vocabularies none = new Vocabularies(Map.of());
    for (Backend backend : List.of(new CpuBackend(1), new ReferenceBackend())) {
      Predictor predictor =
          PredictorTest.predictor(
              backend, PredictorTest.SCHEMA, none, UnknownDomain.FALLBACK, Optional.empty());
      PredictionBatch batch = predictor.batch(1);
      PredictorTest.set(batch, 0, 0);
      assertThat(batch.predict(1).get(0)).isBetween(0f, 1f);
      predictor.close();
      assertThatThrownBy(() -> batch.predict(1)).isInstanceOf(ClosedException.class);
      assertThatThrownBy(() -> predictor.batch(1)).isInstanceOf(ClosedException.class);
      batch.close();
    }
  }

  private static ClosedException predictUntilClosed(
      Predictor predictor, float[] expected, CountDownLatch predicting) {
    while (true) {
      try {
        assertThat(predictor.predict(PredictorTest.columns())).isEqualTo(expected);
        predicting.countDown();
      } catch (ClosedException e) {
        return e;
      }
    }
  }
}
