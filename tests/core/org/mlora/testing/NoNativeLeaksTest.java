package org.mlora.testing;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.mlora.backend.Engine;
import org.mlora.backend.Session;

/** The watch over leaks, watched: it must fail a test that leaks. */
class NoNativeLeaksTest {
  private final NoNativeLeaks watch = new NoNativeLeaks();
  private final ExtensionContext context = context();
  private final RandomProblem problem = new RandomProblem(1, 4, 0);

  @Test
  void failsATestThatLeavesAnEngineOrColumnsOpen() {
    watch.beforeEach(context);
    Engine engine = Cpu.require(1).compile(problem.network);
    Session.Resident columns = engine.load(problem.columns);
    expectFailure();
    engine.close();
    expectFailure();
    columns.close();
    assertThatCode(() -> watch.afterEach(context)).doesNotThrowAnyException();
  }

  private void expectFailure() {
    assertThatThrownBy(() -> watch.afterEach(context))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("native objects that the test did not close");
  }

  /** A context with a store and nothing else. */
  private static ExtensionContext context() {
    Map<Object, Object> values = new HashMap<>();
    Object store =
        Proxy.newProxyInstance(
            ExtensionContext.class.getClassLoader(),
            new Class<?>[] {ExtensionContext.Store.class},
            (proxy, method, arguments) ->
                method.getName().equals("put")
                    ? values.put(arguments[0], arguments[1])
                    : values.get(arguments[0]));
    return (ExtensionContext)
        Proxy.newProxyInstance(
            ExtensionContext.class.getClassLoader(),
            new Class<?>[] {ExtensionContext.class},
            (proxy, method, arguments) -> store);
  }
}
