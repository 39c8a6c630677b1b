package org.mlora.golden;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.mlora.testing.Cpu;

class GoldenCpuTest {
  @TestFactory
  Stream<DynamicNode> theCpuBackendAgreesWithTheGoldenFiles() {
    return new GoldenCases(Cpu.require(2), 2e-6, 2e-6).tests();
  }
}
