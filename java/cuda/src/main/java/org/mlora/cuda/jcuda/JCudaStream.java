package org.mlora.cuda.jcuda;

import static org.mlora.cuda.jcuda.Check.check;

import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;
import org.mlora.cuda.runtime.DriverErrors;
import org.mlora.cuda.runtime.Event;
import org.mlora.cuda.runtime.Graph;
import org.mlora.cuda.runtime.PinnedMemory;
import org.mlora.cuda.runtime.Stream;
import org.mlora.error.FatalDeviceException;
import org.mlora.nativelib.NativeHandle;

/** A stream of the driver. */
final class JCudaStream implements Stream {
  /** Priorities: a lower number goes first. */
  static final int USUAL = 0;

  static final int URGENT = -1;

  /** Kernels of a graph have the priority of the stream that they were recorded on. */
  private static final long CUDA_GRAPH_INSTANTIATE_FLAG_USE_NODE_PRIORITY = 8;

  private final NativeHandle<Queue> handle;

  JCudaStream(int priority) {
    Queue queue = new Queue();
    check(
        JCudaDriver.cuStreamCreateWithPriority(
            queue, CUstream_flags.CU_STREAM_NON_BLOCKING, priority),
        "cuStreamCreateWithPriority");
    this.handle =
        new NativeHandle<>(
            "the stream", queue, q -> check(JCudaDriver.cuStreamDestroy(q), "cuStreamDestroy"));
  }

  @Override
  public long address() {
    return handle.pointer().address();
  }

  @Override
  public void upload(PinnedMemory from, int offset, long to, long bytes) {
    check(
        JCudaDriver.cuMemcpyHtoDAsync(
            Places.device(to), Places.host(from.address() + offset), bytes, handle.pointer()),
        "cuMemcpyHtoDAsync");
  }

  @Override
  public void download(long from, PinnedMemory to, int offset, long bytes) {
    check(
        JCudaDriver.cuMemcpyDtoHAsync(
            Places.host(to.address() + offset), Places.device(from), bytes, handle.pointer()),
        "cuMemcpyDtoHAsync");
  }

  @Override
  public void copy(long from, long to, long bytes) {
    check(
        JCudaDriver.cuMemcpyDtoDAsync(
            Places.device(to), Places.device(from), bytes, handle.pointer()),
        "cuMemcpyDtoDAsync");
  }

  @Override
  public void fill(long at, int word, long count) {
    check(
        JCudaDriver.cuMemsetD32Async(Places.device(at), word, count, handle.pointer()),
        "cuMemsetD32Async");
  }

  @Override
  public void record(Event event) {
    check(JCudaDriver.cuEventRecord(own(event).mark(), handle.pointer()), "cuEventRecord");
  }

  @Override
  public void await(Event event) {
    check(
        JCudaDriver.cuStreamWaitEvent(handle.pointer(), own(event).mark(), 0), "cuStreamWaitEvent");
  }

  @Override
  public Graph capture(Runnable body) {
    CUgraph recorded = new CUgraph();
    check(
        JCudaDriver.cuStreamBeginCapture(
            handle.pointer(), CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL),
        "cuStreamBeginCapture");
    try {
      body.run();
    } catch (Throwable e) {
      abandon(recorded, e);
      throw e;
    }
    check(JCudaDriver.cuStreamEndCapture(handle.pointer(), recorded), "cuStreamEndCapture");
    try {
      CUgraphExec graph = new CUgraphExec();
      check(
          JCudaDriver.cuGraphInstantiate(
              graph, recorded, CUDA_GRAPH_INSTANTIATE_FLAG_USE_NODE_PRIORITY),
          "cuGraphInstantiate");
      return new JCudaGraph(graph);
    } finally {
      check(JCudaDriver.cuGraphDestroy(recorded), "cuGraphDestroy");
    }
  }

  /**
   * Ends a recording whose body failed, so that the stream is usable again. A recording that was
   * lost before makes all further calls of the body fail, who cannot know that nothing worse
   * happened; so that is told in place of what they made of it.
   */
  private void abandon(CUgraph recorded, Throwable failure) {
    int ended = JCudaDriver.cuStreamEndCapture(handle.pointer(), recorded);
    if (ended == CUresult.CUDA_SUCCESS) {
      check(JCudaDriver.cuGraphDestroy(recorded), "cuGraphDestroy");
    } else if (ended == CUresult.CUDA_ERROR_STREAM_CAPTURE_INVALIDATED
        && failure instanceof FatalDeviceException) {
      RuntimeException lost =
          DriverErrors.exception(ended, "cuStreamEndCapture", CUresult.stringFor(ended));
      lost.addSuppressed(failure);
      throw lost;
    }
  }

  @Override
  public void launch(Graph graph) {
    if (!(graph instanceof JCudaGraph own)) {
      throw new IllegalArgumentException("the graph is not of this runtime");
    }
    check(JCudaDriver.cuGraphLaunch(own.handle.pointer(), handle.pointer()), "cuGraphLaunch");
  }

  @Override
  public void synchronize() {
    check(JCudaDriver.cuStreamSynchronize(handle.pointer()), "cuStreamSynchronize");
  }

  @Override
  public void close() {
    handle.close();
  }

  private static JCudaEvent own(Event event) {
    if (event instanceof JCudaEvent own) {
      return own;
    }
    throw new IllegalArgumentException("the event is not of this runtime");
  }

  /** Tells its handle, which JCuda keeps to itself. */
  private static final class Queue extends CUstream {
    long address() {
      return getNativePointer();
    }
  }

  /** An executable graph of the driver. */
  private static final class JCudaGraph implements Graph {
    final NativeHandle<CUgraphExec> handle;

    JCudaGraph(CUgraphExec graph) {
      this.handle =
          new NativeHandle<>(
              "the graph",
              graph,
              g -> check(JCudaDriver.cuGraphExecDestroy(g), "cuGraphExecDestroy"));
    }

    @Override
    public void close() {
      handle.close();
    }
  }
}
