package org.mlora.backend.cpu;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.mlora.backend.Backend;
import org.mlora.error.InvalidInputException;
import org.mlora.testing.Cpu;
import org.mlora.testing.Misfit;
import org.mlora.testing.NoNativeLeaks;

@ExtendWith(NoNativeLeaks.class)
class MisfitTest {
  @ParameterizedTest
  @EnumSource
  void isRefusedWithTheOpThatDoesNotFit(Misfit misfit) {
    try (Backend backend = Cpu.require(1)) {
      assertThatThrownBy(() -> backend.compile(misfit.network()))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageStartingWith(misfit.message);
    }
  }
}
