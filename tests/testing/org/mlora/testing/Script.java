package org.mlora.testing;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** Runs shell scripts in processes whose limits and file systems are their own. */
public final class Script {
  private static final List<String> SANDBOX =
      List.of("unshare", "--user", "--map-root-user", "--mount");

  private Script() {}

  /** How a script ended, and what it printed, errors among it. */
  public record Ended(int code, String output) {}

  /** Runs a script. */
  public static Ended run(String script) throws IOException, InterruptedException {
    return run(List.of(), script);
  }

  /**
   * Runs a script that may mount file systems, which no other process sees; the test is skipped,
   * with the reason, where the system does not let it.
   */
  public static Ended mounting(String script) throws IOException, InterruptedException {
    Assumptions.assumeTrue(
        run("command -v unshare").code() == 0 && run(SANDBOX, "true").code() == 0,
        "this system lets the test mount nothing");
    return run(SANDBOX, script);
  }

  private static Ended run(List<String> sandbox, String script)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(sandbox);
    command.addAll(List.of("bash", "-c", script));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().remove("XDG_CACHE_HOME");
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes());
    return new Ended(process.waitFor(), output);
  }
}
