package org.mlora.cuda.engine;

import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.mlora.backend.Backend;
import org.mlora.backend.Engine;
import org.mlora.cuda.gemm.Precision;
import org.mlora.cuda.gpu.TestDevice;
import org.mlora.error.UnsupportedDeviceException;
import org.mlora.golden.GoldenCases;
import org.mlora.network.Network;

class GoldenCudaTest {
  @TestFactory
  Stream<DynamicNode> theCudaBackendAgreesWithTheGoldenFiles() {
    Backend backend = new WhatHasKernels(TestDevice.backend(Precision.FP32));
    return new GoldenCases(backend, 2e-6, 2e-6).tests();
  }

  /** Skips models that need ops without kernels, with the refusal as the reason. */
  private record WhatHasKernels(Backend backend) implements Backend {
    @Override
    public String description() {
      return backend.description();
    }

    @Override
    public Engine compile(Network network) {
      try {
        return backend.compile(network);
      } catch (UnsupportedDeviceException e) {
        return Assumptions.abort(e.getMessage());
      }
    }

    @Override
    public void close() {
      backend.close();
    }
  }
}
