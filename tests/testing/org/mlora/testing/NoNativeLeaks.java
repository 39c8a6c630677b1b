package org.mlora.testing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.mlora.nativelib.NativeHandle;

/**
 * Fails a test that leaves an engine or columns unclosed. Use it as
 * {@code @ExtendWith(NoNativeLeaks.class)} on classes whose tests run engines.
 */
public final class NoNativeLeaks implements BeforeEachCallback, AfterEachCallback {
  private static final ExtensionContext.Namespace NAMESPACE =
      ExtensionContext.Namespace.create(NoNativeLeaks.class);

  @Override
  public void beforeEach(ExtensionContext context) {
    context.getStore(NAMESPACE).put("open", open());
  }

  @Override
  public void afterEach(ExtensionContext context) {
    long before = context.getStore(NAMESPACE).get("open", Long.class);
    assertThat(open() - before).as("native objects that the test did not close").isZero();
  }

  /** Those that are collected already were not closed either. */
  private static long open() {
    return NativeHandle.live() + NativeHandle.leaked();
  }
}
