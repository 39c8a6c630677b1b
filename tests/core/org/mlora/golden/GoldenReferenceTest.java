package org.mlora.golden;

import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.mlora.backend.reference.ReferenceBackend;

class GoldenReferenceTest {
  @TestFactory
  Stream<DynamicNode> theReferenceBackendAgreesWithTheGoldenFiles() {
    return new GoldenCases(new ReferenceBackend(), 1e-12, 1e-12).tests();
  }
}
