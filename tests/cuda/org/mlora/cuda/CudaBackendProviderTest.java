package org.mlora.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.mlora.backend.BackendProvider;

class CudaBackendProviderTest {
  @Test
  void isFoundByAThreadWhoseClassLoaderDoesNotSeeIt() {
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    thread.setContextClassLoader(ClassLoader.getPlatformClassLoader());
    try {
      assertThat(BackendProvider.named("cuda")).isPresent();
    } finally {
      thread.setContextClassLoader(before);
    }
  }
}
