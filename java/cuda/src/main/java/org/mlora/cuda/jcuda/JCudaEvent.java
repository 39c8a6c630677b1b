package org.mlora.cuda.jcuda;

import static org.mlora.cuda.jcuda.Check.check;

import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.JCudaDriver;
import org.mlora.cuda.runtime.Event;
import org.mlora.nativelib.NativeHandle;

/** An event of the driver. */
final class JCudaEvent implements Event {
  private final NativeHandle<CUevent> handle;

  JCudaEvent() {
    CUevent event = new CUevent();
    check(JCudaDriver.cuEventCreate(event, CUevent_flags.CU_EVENT_DEFAULT), "cuEventCreate");
    this.handle =
        new NativeHandle<>(
            "the event", event, e -> check(JCudaDriver.cuEventDestroy(e), "cuEventDestroy"));
  }

  CUevent mark() {
    return handle.pointer();
  }

  @Override
  public void synchronize() {
    check(JCudaDriver.cuEventSynchronize(mark()), "cuEventSynchronize");
  }

  @Override
  public float millisecondsSince(Event start) {
    if (!(start instanceof JCudaEvent own)) {
      throw new IllegalArgumentException("the event is not of this runtime");
    }
    float[] milliseconds = new float[1];
    check(JCudaDriver.cuEventElapsedTime(milliseconds, own.mark(), mark()), "cuEventElapsedTime");
    return milliseconds[0];
  }

  @Override
  public void close() {
    handle.close();
  }
}
