package org.mlora.cuda.gemm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.mlora.cuda.gemm.javacpp.JavaCppHandle;
import org.mlora.cuda.gemm.jcublas.JCublasHandle;
import org.mlora.cuda.jcuda.StandIns;
import org.mlora.cuda.runtime.DeviceMemory;
import org.mlora.cuda.runtime.DeviceRuntime;
import org.mlora.cuda.runtime.PinnedMemory;
import org.mlora.testing.NoNativeLeaks;

/** Both Java bindings, called into libraries that stand in for cuBLAS 12 and 13. */
@EnabledIf("org.mlora.cuda.jcuda.StandIns#arePresent")
@ExtendWith(NoNativeLeaks.class)
class GemmProvidersTest {
  private static final int M = 5;
  private static final int N = 3;
  private static final int K = 7;
  private static final int LD = 16;

  static Stream<Arguments> cases() {
    return Stream.of("12", "13")
        .flatMap(
            version ->
                Stream.of(Precision.FP32, Precision.TF32, Precision.BF16)
                    .flatMap(
                        precision ->
                            Stream.of(0, 1, 2, 3, 4, 7)
                                .map(flags -> Arguments.of(version, precision, flags))));
  }

  private static GemmProvider provider(String version) {
    StandIns.load("libcublasLt.so." + version);
    Path library = StandIns.load("libcublas.so." + version);
    Function<Path, GemmProvider> binding =
        version.equals("12") ? JCublasHandle::provider : JavaCppHandle::provider;
    return binding.apply(library);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void multipliesRowMajorMatrices(String version, Precision precision, int flags) {
    boolean transposeA = (flags & 1) != 0;
    boolean transposeB = (flags & 2) != 0;
    boolean add = (flags & 4) != 0;
    GemmProvider provider = provider(version);
    int rows = Math.max(Math.max(M, N), K);
    try (DeviceRuntime runtime = StandIns.runtime();
        org.mlora.cuda.runtime.Stream stream = runtime.stream();
        DeviceMemory workspace = runtime.allocate(1 << 20, "workspace");
        DeviceMemory memory = runtime.allocate(3L * rows * LD * 4, "matrices");
        PinnedMemory host = runtime.pin(3 * rows * LD * 4, "matrices");
        GemmQueue queue = openWithinAScope(provider, stream, workspace)) {
      Random random = new Random(flags);
      int size = rows * LD;
      int elementBytes = precision.elementBytes();
      for (int i = 0; i < 2 * size; i++) {
        float value = random.nextInt(9) - 4; // exact in bfloat16
        if (elementBytes == 4) {
          host.buffer().putFloat(4 * i, value);
        } else {
          host.buffer().putShort(2 * i, (short) (Float.floatToRawIntBits(value) >>> 16));
        }
      }
      for (int i = 0; i < size; i++) {
        host.buffer().putFloat(8 * size + 4 * i, 100f + i);
      }
      stream.upload(host, 0, memory.address(), memory.bytes());
      long a = memory.address();
      long b = a + (long) size * elementBytes;
      long c = a + 8L * size;

      queue.multiply(
          new Gemm(precision, M, N, K, a, LD, transposeA, b, LD, transposeB, c, LD, true, add));
      PinnedMemory before = host;
      try (PinnedMemory after = runtime.pin(3 * size * 4, "results")) {
        stream.download(memory.address(), after, 0, memory.bytes());
        stream.synchronize();
        for (int i = 0; i < M; i++) {
          for (int j = 0; j < LD; j++) {
            float old = before.buffer().getFloat(8 * size + 4 * (i * LD + j));
            float expected = j < N ? (add ? old : 0) : old;
            for (int k = 0; k < K && j < N; k++) {
              expected +=
                  element(before, elementBytes, transposeA ? k * LD + i : i * LD + k)
                      * element(
                          before, elementBytes, size + (transposeB ? j * LD + k : k * LD + j));
            }
            assertThat(after.buffer().getFloat(8 * size + 4 * (i * LD + j)))
                .as("row %d, column %d", i, j)
                .isEqualTo(expected);
          }
        }
      }
    }
  }

  /** As a lane that a pass is the first to need, whose structs die with the pass. */
  private static GemmQueue openWithinAScope(
      GemmProvider provider, org.mlora.cuda.runtime.Stream stream, DeviceMemory workspace) {
    try (PointerScope structs = new PointerScope()) {
      return provider.open(stream, workspace);
    }
  }

  private static float element(PinnedMemory host, int bytes, int index) {
    return bytes == 4
        ? host.buffer().getFloat(4 * index)
        : Float.intBitsToFloat(host.buffer().getShort(2 * index) << 16);
  }

  @Test
  void refusesRowsThatOverlap() {
    assertThatThrownBy(
            () -> new Gemm(Precision.FP32, 2, 8, 4, 16, 4, false, 16, 4, false, 16, 8, true, false))
        .hasMessageContaining("rows overlap");
  }
}
