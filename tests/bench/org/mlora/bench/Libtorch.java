package org.mlora.bench;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.mlora.bench.peer.Torch;

/** Whether the peer can run. */
public final class Libtorch {
  private Libtorch() {}

  /** Skips the test, saying why, where libtorch is not on the class path. */
  public static void assumePresent() {
    String library = "org/bytedeco/pytorch/linux-x86_64/libjnitorch.so";
    assumeTrue(
        Torch.class.getClassLoader().getResource(library) != null,
        "libtorch is not on the class path; add the profile: -Pbench,peers");
  }
}
