package org.mlora.cuda.jcuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.extension.ExtendWith;
import org.mlora.cuda.library.BindingVersions;
import org.mlora.cuda.runtime.DeviceMemory;
import org.mlora.cuda.runtime.DeviceRuntime;
import org.mlora.cuda.runtime.Event;
import org.mlora.cuda.runtime.Graph;
import org.mlora.cuda.runtime.MemoryUse;
import org.mlora.cuda.runtime.PinnedMemory;
import org.mlora.cuda.runtime.Stream;
import org.mlora.error.FatalDeviceException;
import org.mlora.error.OutOfDeviceMemoryException;
import org.mlora.error.UnsupportedDeviceException;
import org.mlora.testing.NoNativeLeaks;

/** JCuda's calls, made on a driver that stands in for NVIDIA's. */
@EnabledIf("org.mlora.cuda.jcuda.StandIns#arePresent")
@ExtendWith(NoNativeLeaks.class)
class JCudaRuntimeTest {
  private DeviceRuntime runtime;

  @BeforeEach
  void open() {
    runtime = StandIns.runtime();
  }

  @AfterEach
  void close() {
    runtime.close();
  }

  @Test
  void tellsWhatTheDeviceIs() {
    assertThat(runtime.facts())
        .hasToString("stand-in, compute capability 9.0, 64 MiB, driver for CUDA 13.0");
    assertThat(JCudaRuntime.count()).isEqualTo(1);
  }

  @Test
  void copiesThereAndBack() {
    try (DeviceMemory memory = runtime.allocate(64, "a test");
        PinnedMemory host = runtime.pin(64, "a test");
        Stream stream = runtime.stream()) {
      for (int i = 0; i < 8; i++) {
        host.buffer().putInt(4 * i, i + 1);
      }
      stream.upload(host, 4, memory.slice(8, 16), 16);
      stream.copy(memory.slice(8, 8), memory.address(), 8);
      stream.fill(memory.slice(8, 4), 77, 1);
      stream.download(memory.address(), host, 32, 24);
      stream.synchronize();

      IntBuffer back =
          host.buffer().position(32).slice().order(java.nio.ByteOrder.nativeOrder()).asIntBuffer();
      assertThat(
              List.of(back.get(0), back.get(1), back.get(2), back.get(3), back.get(4), back.get(5)))
          .containsExactly(2, 3, 77, 3, 4, 5);
    }
  }

  @Test
  void replaysWhatWasCaptured() {
    try (DeviceMemory memory = runtime.allocate(8, "a test");
        PinnedMemory host = runtime.pin(8, "a test");
        Stream stream = runtime.stream();
        Graph graph =
            stream.capture(
                () -> {
                  stream.upload(host, 0, memory.address(), 4);
                  stream.download(memory.address(), host, 4, 4);
                })) {
      for (int i = 1; i <= 3; i++) {
        host.buffer().putInt(0, i);
        assertThat(host.buffer().getInt(4)).isNotEqualTo(i);
        stream.launch(graph);
        stream.synchronize();
        assertThat(host.buffer().getInt(4)).isEqualTo(i);
      }
    }
  }

  @Test
  void aFailureInACaptureLeavesTheStreamUsable() {
    try (Stream stream = runtime.stream()) {
      assertThatThrownBy(
              () ->
                  stream.capture(
                      () -> {
                        throw new IllegalStateException("in between");
                      }))
          .hasMessage("in between");
      stream.synchronize();
      stream.capture(() -> {}).close();
    }
  }

  @Test
  void aRecordingThatWasLostIsNoReasonToRestartWhateverCallsInItSay() {
    FatalDeviceException product = new FatalDeviceException("a product failed");
    try (Stream stream = runtime.stream()) {
      assertThatThrownBy(
              () ->
                  stream.capture(
                      () -> {
                        assertThatThrownBy(stream::synchronize) // which no recording outlives
                            .hasMessageContaining("a recording failed");
                        throw product;
                      }))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("the device is as before")
          .hasSuppressedException(product);
      stream.capture(() -> {}).close();
    }
  }

  @Test
  void measuresTimeBetweenEvents() {
    try (Stream stream = runtime.stream();
        Event start = runtime.event();
        Event end = runtime.event()) {
      stream.record(start);
      stream.record(end);
      stream.await(end);
      end.synchronize();
      assertThat(end.millisecondsSince(start)).isEqualTo(1f);
    }
  }

  @Test
  void outOfMemorySaysWhatWasAskedHeldAndFreeAndLeavesTheDeviceUsable() {
    List<DeviceMemory> blocks = new ArrayList<>();
    try {
      assertThatThrownBy(
              () -> {
                while (true) {
                  blocks.add(runtime.allocate(20 << 20, "weights"));
                }
              })
          .isInstanceOf(OutOfDeviceMemoryException.class)
          .hasMessageContaining("no room for weights on the device: asked for 20 MiB")
          .hasMessageContaining("this process holds 60 MiB, 4 MiB of 64 MiB are free");
    } finally {
      blocks.forEach(DeviceMemory::close);
    }
    runtime.allocate(60 << 20, "weights").close();
  }

  @Test
  void memoryThatCameBackIsHandedOutAgainAndGivenToWhoNeedsMore() {
    long first;
    try (DeviceMemory memory = runtime.allocate(30 << 20, "a test")) {
      first = memory.address();
    }
    try (DeviceMemory memory = runtime.allocate(30 << 20, "a test")) {
      assertThat(memory.address()).isEqualTo(first);
    }
    assertThat(runtime.memory()).isEqualTo(new MemoryUse(0, 64 << 20, 64 << 20));
    runtime.allocate(50 << 20, "more").close();
  }

  @Test
  void worksOnAnyThreadThatIsBound() throws Exception {
    List<Throwable> failures = new ArrayList<>();
    Thread thread =
        new Thread(
            () -> {
              runtime.bind();
              try (DeviceMemory memory = runtime.allocate(4, "a test")) {
                assertThat(memory.bytes()).isEqualTo(4);
              }
            });
    thread.setUncaughtExceptionHandler((t, e) -> failures.add(e));
    thread.start();
    thread.join();
    assertThat(failures).isEmpty();
  }

  @Test
  void aDeviceThatIsNotThereIsNamed() {
    assertThatThrownBy(() -> new JCudaRuntime(3))
        .isInstanceOf(UnsupportedDeviceException.class)
        .hasMessage("there is no CUDA device 3: 1 visible, numbered from 0");
  }

  @Test
  void jcudaLeavesNothingInTheFolderForTemporaryFiles() {
    assertThat(System.getProperty("java.io.tmpdir")).doesNotContain(".cache/mlora");
    assertThat(
            java.nio.file.Path.of(
                System.getProperty("java.io.tmpdir"),
                "libJCudaDriver-" + BindingVersions.JCUDA + "-linux-x86_64.so"))
        .doesNotExist();
  }
}
