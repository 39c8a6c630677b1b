package org.mlora.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mlora.error.UnsupportedDeviceException;

class DriverTest {
  @ParameterizedTest
  @CsvSource({"12.8,CUDA 13.0: sm_80 sm_90", "9.2,CUDA 13.0: sm_90", "13.2,CUDA 14.1: sm_100"})
  void oneThatIsOlderThanTheKernelsIsRefusedWithTheRemedy(String driver, String build) {
    Optional<String> why = Driver.tooOld(driver, build);
    assertThat(why.orElseThrow())
        .contains("the NVIDIA driver is for CUDA " + driver + " and older")
        .contains("the kernels are built with " + build.replaceFirst(":.*", ";"))
        .contains("update the driver (for CUDA 13: 580 or newer), or use --device cpu")
        .doesNotContain("\n");
    assertThatThrownBy(() -> Driver.refuse(why))
        .isInstanceOf(UnsupportedDeviceException.class)
        .hasMessage(why.get());
  }

  @ParameterizedTest
  @CsvSource({
    "13.0,CUDA 13.0: sm_80",
    "13.0,CUDA 13.1: sm_80", // minor numbers go together
    "14.0,CUDA 13.0: sm_80",
    "12.8,emulated",
    "none,CUDA 13.0: sm_80"
  })
  void anyOtherWillDo(String driver, String build) {
    assertThat(Driver.tooOld(driver, build)).isEmpty();
  }
}
