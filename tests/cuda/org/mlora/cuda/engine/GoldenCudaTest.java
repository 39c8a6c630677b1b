package org.mlora.cuda.engine;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.mlora.cuda.gemm.Precision;
import org.mlora.cuda.gpu.TestDevice;
import org.mlora.golden.GoldenCases;

class GoldenCudaTest {
  @TestFactory
  Stream<DynamicNode> theCudaBackendAgreesWithTheGoldenFiles() {
    return new GoldenCases(TestDevice.backend(Precision.FP32), 2e-6, 2e-6).tests();
  }
}
