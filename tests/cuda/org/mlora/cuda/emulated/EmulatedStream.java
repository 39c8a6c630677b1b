package org.mlora.cuda.emulated;

import static org.mlora.cuda.library.Kernels.check;

import org.bytedeco.javacpp.Pointer;
import org.mlora.cuda.emulated.gen.EmulatedGraphHandle;
import org.mlora.cuda.emulated.gen.MloraEmulated;
import org.mlora.cuda.library.Kernels;
import org.mlora.cuda.library.gen.MloraCuda;
import org.mlora.cuda.runtime.Event;
import org.mlora.cuda.runtime.Graph;
import org.mlora.cuda.runtime.PinnedMemory;
import org.mlora.cuda.runtime.Stream;
import org.mlora.nativelib.NativeHandle;

/** A stream of the emulated device, which does its work when somebody waits for it. */
final class EmulatedStream implements Stream {
  private final NativeHandle<Pointer> handle;

  EmulatedStream() {
    Pointer stream = new Pointer();
    check(MloraEmulated.mlora_emulated_stream_create(stream));
    handle =
        new NativeHandle<>(
            "the stream", stream, s -> check(MloraEmulated.mlora_emulated_stream_destroy(s)));
  }

  private record EmulatedGraph(NativeHandle<EmulatedGraphHandle> handle) implements Graph {
    @Override
    public void close() {
      handle.close();
    }
  }

  @Override
  public long address() {
    return handle.pointer().address();
  }

  @Override
  public void upload(PinnedMemory from, int offset, long to, long bytes) {
    check(
        MloraEmulated.mlora_emulated_copy_in(
            to, Kernels.stream(from.address() + offset), bytes, handle.pointer()));
  }

  @Override
  public void download(long from, PinnedMemory to, int offset, long bytes) {
    check(
        MloraEmulated.mlora_emulated_copy_out(
            Kernels.stream(to.address() + offset), from, bytes, handle.pointer()));
  }

  @Override
  public void copy(long from, long to, long bytes) {
    check(MloraEmulated.mlora_emulated_copy(to, from, bytes, handle.pointer()));
  }

  @Override
  public void fill(long at, int word, long count) {
    check(MloraEmulated.mlora_emulated_fill(at, word, count, handle.pointer()));
  }

  @Override
  public void record(Event event) {
    EmulatedRuntime.EmulatedEvent own = (EmulatedRuntime.EmulatedEvent) event;
    check(MloraEmulated.mlora_emulated_event_record(own.mark(), handle.pointer()));
  }

  @Override
  public void await(Event event) {
    EmulatedRuntime.EmulatedEvent own = (EmulatedRuntime.EmulatedEvent) event;
    check(MloraEmulated.mlora_emulated_stream_wait(handle.pointer(), own.mark()));
  }

  @Override
  public Graph capture(Runnable body) {
    check(MloraEmulated.mlora_emulated_capture_begin(handle.pointer()));
    EmulatedGraphHandle graph = new EmulatedGraphHandle();
    try {
      body.run();
    } catch (RuntimeException e) {
      if (MloraEmulated.mlora_emulated_capture_end(handle.pointer(), graph)
          == MloraCuda.MLORA_CUDA_OK) {
        check(MloraEmulated.mlora_emulated_graph_destroy(graph));
      }
      throw e;
    }
    check(MloraEmulated.mlora_emulated_capture_end(handle.pointer(), graph));
    return new EmulatedGraph(
        new NativeHandle<>(
            "the graph", graph, g -> check(MloraEmulated.mlora_emulated_graph_destroy(g))));
  }

  @Override
  public void launch(Graph graph) {
    EmulatedGraph own = (EmulatedGraph) graph;
    check(MloraEmulated.mlora_emulated_graph_launch(own.handle.pointer(), handle.pointer()));
  }

  @Override
  public void synchronize() {
    check(MloraEmulated.mlora_emulated_stream_synchronize(handle.pointer()));
  }

  @Override
  public void close() {
    handle.close();
  }
}
