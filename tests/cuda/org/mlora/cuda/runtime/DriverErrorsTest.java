package org.mlora.cuda.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mlora.error.FatalDeviceException;
import org.mlora.error.OutOfDeviceMemoryException;
import org.mlora.error.UnsupportedDeviceException;

class DriverErrorsTest {
  @Test
  void memoryIsAClassOfItsOwn() {
    assertThat(DriverErrors.exception(2, "cuMemAlloc", "CUDA_ERROR_OUT_OF_MEMORY"))
        .isInstanceOf(OutOfDeviceMemoryException.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 34, 100, 101, 209, 222, 801, 803, 804})
  void whatThisMachineCannotDoHasARemedy(int code) {
    assertThat(DriverErrors.exception(code, "cuInit", "NAME"))
        .isInstanceOf(UnsupportedDeviceException.class)
        .hasMessageContaining("cuInit: NAME (CUDA error " + code + ")");
  }

  @ParameterizedTest
  @ValueSource(ints = {214, 700, 702, 715, 719, 999})
  void damageMeansARestart(int code) {
    assertThat(DriverErrors.exception(code, "cuStreamSynchronize", "NAME"))
        .isInstanceOf(FatalDeviceException.class)
        .hasMessageEndingWith("the process must restart");
  }

  @ParameterizedTest
  @ValueSource(ints = {900, 901, 906, 908})
  void aRecordingThatFailedNeedsNoRestart(int code) {
    assertThat(DriverErrors.exception(code, "cuStreamEndCapture", "NAME"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("cuStreamEndCapture: NAME (CUDA error " + code + ")")
        .hasMessageContaining("do it again");
  }
}
