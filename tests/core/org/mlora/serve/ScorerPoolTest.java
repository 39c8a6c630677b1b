package org.mlora.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.mlora.data.UnknownDomain;
import org.mlora.testing.NoNativeLeaks;

/** More threads than there are scorers wait without computing, and each gets one in the end. */
@ExtendWith(NoNativeLeaks.class)
@Timeout(20)
class ScorerPoolTest {
  private Predictor predictor;
  private ScorerPool pool;

  @BeforeEach
  void open() {
    predictor = PredictorTest.predictor(UnknownDomain.FALLBACK);
    pool =
        new ScorerPool(
            () ->
                new Scorer(
                    predictor.model(), UnknownDomain.FALLBACK, predictor.schema().domainIds()));
  }

  /** Ends a test; not done where one failed, as it waits for what was not given back. */
  private void close() {
    pool.close();
    predictor.close();
  }

  /** A thread that borrows one. */
  private record Borrower(Thread thread, FutureTask<Scorer> borrowed) {
    static Borrower of(ScorerPool pool, Runnable then) {
      FutureTask<Scorer> borrowed =
          new FutureTask<>(
              () -> {
                Scorer scorer = pool.borrow();
                then.run();
                return scorer;
              });
      Thread thread = new Thread(borrowed);
      thread.start();
      return new Borrower(thread, borrowed);
    }

    /** Not for a time, after which it would look again. */
    void awaitWaiting() throws InterruptedException {
      while (thread.getState() != Thread.State.WAITING) {
        Thread.sleep(1);
      }
    }
  }

  private List<Scorer> borrowAll() {
    return Stream.generate(pool::borrow).limit(ScorerPool.MOST).toList();
  }

  @Test
  void aThreadWaitsUntilAScorerIsGivenBack() throws Exception {
    List<Scorer> all = borrowAll();
    Borrower first = Borrower.of(pool, () -> {});
    first.awaitWaiting();
    Borrower second = Borrower.of(pool, () -> {});
    second.awaitWaiting();
    pool.giveBack(all.get(0));
    assertThat(first.borrowed().get()).isSameAs(all.get(0));
    second.awaitWaiting();
    all.stream().skip(1).forEach(pool::giveBack);
    Scorer other = second.borrowed().get();
    assertThat(other).isIn(all).isNotSameAs(all.get(0));
    pool.giveBack(all.get(0));
    pool.giveBack(other);
    close();
  }

  @Test
  void anInterruptedThreadWaitsOnAndStaysInterrupted() throws Exception {
    List<Scorer> all = borrowAll();
    Set<Boolean> interrupted = ConcurrentHashMap.newKeySet();
    Borrower borrower =
        Borrower.of(pool, () -> interrupted.add(Thread.currentThread().isInterrupted()));
    borrower.awaitWaiting();
    borrower.thread().interrupt();
    borrower.awaitWaiting();
    all.forEach(pool::giveBack);
    pool.giveBack(borrower.borrowed().get());
    assertThat(interrupted).containsExactly(true);
    close();
  }

  @Test
  void closingRefusesThoseThatWaitAndWaitsForThoseThatPredict() throws Exception {
    List<Scorer> all = borrowAll();
    List<Borrower> waiting = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      waiting.add(Borrower.of(pool, () -> {}));
      waiting.get(i).awaitWaiting();
    }
    FutureTask<Boolean> closed = new FutureTask<>(pool::close, true);
    Thread closing = new Thread(closed);
    closing.start();
    for (Borrower refused : waiting) {
      assertThatThrownBy(() -> refused.borrowed().get())
          .isInstanceOf(ExecutionException.class)
          .cause()
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("used after it was closed");
    }
    closing.interrupt();
    new Borrower(closing, new FutureTask<>(() -> all.get(0))).awaitWaiting();
    assertThat(closed.isDone()).isFalse();
    all.forEach(pool::giveBack);
    assertThat(closed.get()).isTrue();
    close();
  }

  @Test
  void noScorerIsLentToTwoThreadsAndNoThreadIsForgotten() throws Exception {
    Set<Scorer> lent = ConcurrentHashMap.newKeySet();
    Callable<Integer> borrowing =
        () -> {
          int alone = 0;
          for (int i = 0; i < 300; i++) {
            Scorer scorer = pool.borrow();
            alone += lent.add(scorer) ? 1 : 0;
            if (i % 7 == 0) {
              Thread.yield();
            }
            lent.remove(scorer);
            pool.giveBack(scorer);
          }
          return alone;
        };
    int threads = 8 * ScorerPool.MOST;
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try {
      for (var ended :
          executor.invokeAll(IntStream.range(0, threads).mapToObj(i -> borrowing).toList())) {
        assertThat(ended.get()).isEqualTo(300);
      }
    } finally {
      executor.shutdown();
      assertThat(executor.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    }
    close();
  }
}
