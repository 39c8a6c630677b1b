package org.mlora.nativelib;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.mlora.nativelib.gen.MloraEngine;

@EnabledIf("org.mlora.nativelib.NativeLibraryTest#isPacked")
class NativeHandleTest {
  @BeforeAll
  static void load() {
    NativeLibrary.load();
  }

  @Test
  void destroys_once_however_often_it_is_closed() {
    AtomicInteger destroyed = new AtomicInteger();
    long live = NativeHandle.live();
    long leaked = NativeHandle.leaked();
    NativeHandle<MloraEngine> handle =
        new NativeHandle<>("the engine", new MloraEngine(), engine -> destroyed.incrementAndGet());
    assertThat(NativeHandle.live()).isEqualTo(live + 1);

    handle.close();
    handle.close();

    assertThat(destroyed).hasValue(1);
    assertThat(NativeHandle.live()).isEqualTo(live);
    assertThat(NativeHandle.leaked()).isEqualTo(leaked);
    assertThatThrownBy(handle::pointer)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the engine is used after it was closed");
  }

  @Test
  void an_owner_that_is_forgotten_is_destroyed_and_counted() throws Exception {
    CountDownLatch destroyed = new CountDownLatch(1);
    long live = NativeHandle.live();
    long leaked = NativeHandle.leaked();
    forget(destroyed);
    // Counted after it is destroyed: other tests would see it there.
    for (int i = 0; i < 1000 && NativeHandle.live() > live; i++) {
      System.gc();
      Thread.sleep(10);
    }
    assertThat(destroyed.getCount()).isZero();
    assertThat(NativeHandle.leaked()).isEqualTo(leaked + 1);
  }

  @SuppressWarnings("resource")
  private static void forget(CountDownLatch destroyed) {
    new NativeHandle<>("the engine", new MloraEngine(), engine -> destroyed.countDown());
  }
}
