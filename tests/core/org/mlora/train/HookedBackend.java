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
    return hooked(backend.compile(network), beforeStep, step -> {});
  }

  /** An engine that does something after a training step, counted from 1. */
  static Engine afterStep(Engine engine, int step, Runnable action) {
    return hooked(
        engine,
        now -> {},
        now -> {
          if (now == step) {
            action.run();
          }
        });
  }

  private static Engine hooked(Engine engine, IntConsumer before, IntConsumer after) {
    int[] steps = {0};
    return (Engine)
        Proxy.newProxyInstance(
            Engine.class.getClassLoader(),
            new Class<?>[] {Engine.class},
            (proxy, method, arguments) -> {
              boolean step = method.getName().equals("train");
              if (step) {
                before.accept(++steps[0]);
              }
              try {
                Object result = method.invoke(engine, arguments);
                if (step) {
                  after.accept(steps[0]);
                }
                return result;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  @Override
  public void close() {}
}
