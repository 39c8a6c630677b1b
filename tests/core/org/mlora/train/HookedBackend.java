package org.mlora.train;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.function.IntConsumer;
import org.mlora.backend.Backend;
import org.mlora.backend.Engine;
import org.mlora.network.Network;

/** A backend that says before each training step which one it is, counted from 1. */
record HookedBackend(Backend backend, IntConsumer beforeStep) implements Backend {
  /** Stands for the death of the process. */
  static final class Died extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  /** A backend that dies before a step. */
  static HookedBackend dyingBefore(int step, Backend backend) {
    return new HookedBackend(
        backend,
        now -> {
          if (now == step) {
            throw new Died();
          }
        });
  }

  @Override
  public String description() {
    return backend.description();
  }

  @Override
  public Engine compile(Network network) {
    Engine engine = backend.compile(network);
    int[] steps = {0};
    return (Engine)
        Proxy.newProxyInstance(
            Engine.class.getClassLoader(),
            new Class<?>[] {Engine.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("train")) {
                beforeStep.accept(++steps[0]);
              }
              try {
                return method.invoke(engine, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  @Override
  public void close() {}
}
