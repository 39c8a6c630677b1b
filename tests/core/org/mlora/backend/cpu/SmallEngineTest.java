package org.mlora.backend.cpu;

import java.nio.FloatBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.extension.ExtendWith;
import org.mlora.backend.Engine;
import org.mlora.testing.NoNativeLeaks;

/** Tests of an engine for a {@link SmallNetwork}, a new one for each. */
@ExtendWith(NoNativeLeaks.class)
@EnabledIf("org.mlora.nativelib.NativeLibraryTest#isPacked")
abstract class SmallEngineTest {
  static final FloatBuffer NONE = FloatBuffer.allocate(0);

  final SmallNetwork small = new SmallNetwork();
  final CpuBackend backend = new CpuBackend(1);
  Engine engine;

  @BeforeEach
  void compile() {
    engine = backend.compile(small.network);
    small.fill(engine);
  }

  @AfterEach
  void close() {
    engine.close();
  }
}
