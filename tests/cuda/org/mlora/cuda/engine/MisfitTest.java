package org.mlora.cuda.engine;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.mlora.backend.Backend;
import org.mlora.cuda.emulated.Emulated;
import org.mlora.cuda.gemm.Precision;
import org.mlora.error.InvalidInputException;
import org.mlora.testing.Misfit;
import org.mlora.testing.NoNativeLeaks;

/** What the kernels would not notice is noticed before they run. */
@Tag("emulated")
@ExtendWith(NoNativeLeaks.class)
class MisfitTest {
  @ParameterizedTest
  @EnumSource
  void isRefusedWithTheOpThatDoesNotFit(Misfit misfit) {
    try (Backend backend = Emulated.backend(Precision.FP32)) {
      assertThatThrownBy(() -> backend.compile(misfit.network()))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageStartingWith(misfit.message);
    }
  }
}
