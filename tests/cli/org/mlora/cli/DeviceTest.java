package org.mlora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.nativelib.NativeLibrary;

/** What {@code --device} does where there is no GPU. */
@DisabledIf("hasDriver")
class DeviceTest {
  @TempDir Path folder;

  static boolean hasDriver() {
    return Files.exists(Path.of("/proc/driver/nvidia/version"));
  }

  @Test
  void askedByNameADeviceThatIsNotThereIsOneMessageAndExitCodeTwo() {
    Fixture fixture = Fixture.create(folder);
    for (String device : List.of("cuda", "cuda:1")) {
      CommandRun run = fixture.train("--out", fixture.path("new"), "--device", device);
      run.requireOneLine(List.of("--device " + device + ": no NVIDIA driver", "use --device cpu"));
    }
  }

  @Test
  void whatOnlyCudaKnowsIsRefusedForOtherDevices() {
    Fixture fixture = Fixture.create(folder);
    for (List<String> flag : List.of(List.of("--precision", "bf16"), List.of("--gemm", "native"))) {
      fixture
          .train("--out", fixture.path("new"), "--device", "cpu", flag.get(0), flag.get(1))
          .requireOneLine(
              List.of(String.join(" ", flag) + " is for CUDA devices", "give --device cuda"));
    }
  }

  @Test
  void doctorSaysWhatIsMissingForAGpuAndThatTrainingWorksWithout() {
    CommandRun run = CommandRun.of("doctor");
    assertThat(run.out())
        .contains("cuda device", "-> no NVIDIA driver", "matrix products by jcublas")
        .contains("cuBLAS 13", "-Dmlora.cuda.dir=DIR");
    CommandRun json = CommandRun.of("doctor", "--json");
    assertThat(json.out()).contains("\"absent\"").contains("\"cuda_gemm_native\"");
  }

  @Test
  void autoTrainsOnTheCpuAndSaysWhyOnce() {
    Assumptions.assumeTrue(NativeLibrary.outcome().failure().isEmpty(), "no native library");
    Fixture fixture = Fixture.create(folder);
    CommandRun run =
        CommandRun.of(
            "train",
            "--data",
            fixture.path("data"),
            "--out",
            fixture.path("new"),
            "--epochs",
            "1",
            "--device",
            "auto");
    assertThat(run.code()).as(run.toString()).isZero();
    assertThat(run.errorLines().stream().filter(line -> line.startsWith("device: CPU")))
        .singleElement()
        .asString()
        .contains("auto, as CUDA cannot be used: no NVIDIA driver");
  }
}
