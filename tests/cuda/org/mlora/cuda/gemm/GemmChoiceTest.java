package org.mlora.cuda.gemm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.mlora.error.UnsupportedDeviceException;

class GemmChoiceTest {
  private static final GemmProvider WORKS =
      new CublasProvider(
          "works",
          "libcublas.so.13",
          () -> {
            throw new UnsupportedDeviceException("no device is opened by choosing");
          });

  @Test
  void theFirstThatOpensIsChosenAndThoseBeforeItHaveAReason() {
    GemmChoice choice =
        GemmChoice.first(
            List.of(
                new GemmChoice.Candidate(
                    "absent",
                    () -> {
                      throw new UnsupportedDeviceException("not found; install it");
                    }),
                new GemmChoice.Candidate(
                    "broken",
                    () -> {
                      throw new NoClassDefFoundError("jcuda/Nothing");
                    }),
                new GemmChoice.Candidate("works", () -> WORKS),
                new GemmChoice.Candidate(
                    "late",
                    () -> {
                      throw new AssertionError("tried after one that works");
                    })));
    assertThat(choice.chosen()).contains(WORKS);
    assertThat(choice.rejected())
        .extracting(GemmChoice.Rejection::toString)
        .containsExactly("absent: not found; install it", "broken: jcuda/Nothing");
  }

  @Test
  void whereNoneOpensAllHaveAReason() {
    GemmChoice choice =
        GemmChoice.first(
            List.of(
                new GemmChoice.Candidate(
                    "one",
                    () -> {
                      throw new UnsatisfiedLinkError("libcublas.so.12: cannot open");
                    })));
    assertThat(choice.chosen()).isEmpty();
    assertThat(choice.rejected()).hasSize(1);
  }
}
