package org.mlora.nativelib;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Properties of the process, where several class loaders have the library, each its own copy. */
class JavaCppPropertiesTest {
  private static final String SEARCH = "org.bytedeco.javacpp.loadLibraries";

  @Test
  @Timeout(10)
  void class_loaders_switch_the_search_off_one_after_the_other() throws Exception {
    URL[] classes = {JavaCppProperties.class.getProtectionDomain().getCodeSource().getLocation()};
    CountDownLatch otherInside = new CountDownLatch(1);
    try (URLClassLoader first = new URLClassLoader(classes, null);
        URLClassLoader second = new URLClassLoader(classes, null)) {
      Thread beside = new Thread(() -> withoutSearch(second, otherInside::countDown));
      withoutSearch(
          first,
          () -> {
            beside.start();
            while (beside.getState() != Thread.State.BLOCKED && otherInside.getCount() > 0) {
              Thread.onSpinWait();
            }
            assertThat(otherInside.getCount()).as("the other waits").isEqualTo(1);
          });
      beside.join();
    }
    assertThat(otherInside.getCount()).isZero();
    assertThat(System.getProperty(SEARCH)).isNull();
  }

  private static void withoutSearch(ClassLoader loader, Runnable action) {
    try {
      Method method =
          loader
              .loadClass(JavaCppProperties.class.getName())
              .getDeclaredMethod("withoutLibrarySearch", Runnable.class);
      method.setAccessible(true);
      method.invoke(null, action);
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e.getCause() == null ? e : e.getCause());
    }
  }
}
