package org.mlora.cuda.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.mlora.backend.Backend;
import org.mlora.backend.BackendProvider.Finding;
import org.mlora.backend.DeviceOptions;
import org.mlora.backend.Engine;
import org.mlora.backend.Session;
import org.mlora.cuda.CudaBackendProvider;
import org.mlora.cuda.gemm.Precision;
import org.mlora.cuda.jcuda.JCudaRuntime;
import org.mlora.cuda.runtime.DeviceMemory;
import org.mlora.cuda.runtime.DeviceRuntime;
import org.mlora.cuda.runtime.MemoryUse;
import org.mlora.error.OutOfDeviceMemoryException;
import org.mlora.error.UnsupportedDeviceException;
import org.mlora.testing.NoNativeLeaks;
import org.mlora.testing.Numbers;
import org.mlora.testing.RandomProblem;

/** What only a GPU can show. */
@Tag("gpu")
@ExtendWith(NoNativeLeaks.class)
class GpuTest {
  @Test
  void everyWayToProductsThatTheMachineOffersGivesTheSameLogits() {
    RandomProblem problem = new RandomProblem("mlp", 6, 300, 0);
    List<String> worked = new ArrayList<>();
    List<double[]> logits = new ArrayList<>();
    for (String name : List.of("jcublas", "javacpp", "native", "kernels")) {
      try (Backend backend = TestDevice.gpu(new DeviceOptions("fp32", name));
          Engine engine = backend.compile(problem.network);
          Session.Resident data = engine.load(problem.columns)) {
        problem.fill(engine);
        logits.add(Numbers.logits(engine, data));
        worked.add(name);
      } catch (UnsupportedDeviceException e) {
        assertThat(e).as(name).hasMessageContaining("was not found");
      }
    }
    assertThat(worked).contains("native", "kernels");
    for (int i = 1; i < logits.size(); i++) {
      assertThat(Numbers.relativeError(logits.get(i), logits.get(0), 1))
          .as("%s beside %s", worked.get(i), worked.get(0))
          .isLessThan(2e-6);
    }
  }

  @Test
  void outOfMemoryLeavesTheDeviceUsable() {
    try (DeviceRuntime runtime = new JCudaRuntime(0)) {
      MemoryUse use = runtime.memory();
      assertThatThrownBy(() -> runtime.allocate(use.totalBytes(), "everything").close())
          .isInstanceOf(OutOfDeviceMemoryException.class)
          .hasMessageContaining("no room for everything on the device: asked for ");
      try (DeviceMemory memory = runtime.allocate(1 << 20, "a little")) {
        assertThat(memory.bytes()).isEqualTo(1 << 20);
      }
    }
  }

  @Test
  void doctorFindsDriverDeviceAndKernels() {
    List<Finding> findings = new CudaBackendProvider().diagnose();
    for (String key : List.of("cuda", "cuda_kernels", "cuda_gemm")) {
      assertThat(findings)
          .as(findings.toString())
          .anyMatch(f -> f.key().equals(key) && f.remedy().isEmpty());
    }
  }

  @Test
  void memoryIsGivenBack() {
    RandomProblem problem = new RandomProblem("mlp", 6, 300, 0);
    try (DeviceRuntime watch = new JCudaRuntime(0)) {
      long before = 0;
      for (int round = 0; round < 3; round++) {
        try (Backend backend = TestDevice.backend(Precision.FP32);
            Engine engine = backend.compile(problem.network);
            Session.Resident data = engine.load(problem.columns)) {
          problem.fill(engine);
          Numbers.logits(engine, data);
        }
        watch.bind();
        long free = watch.memory().freeBytes();
        if (round > 0) { // the first round loads libraries, which stay
          assertThat(free).isGreaterThanOrEqualTo(before - (16 << 20));
        }
        before = free;
      }
    }
  }
}
