package org.mlora.cuda.emulated;

import static org.mlora.cuda.library.Kernels.check;

import org.bytedeco.javacpp.BytePointer;
import org.mlora.cuda.emulated.gen.EmulatedEventHandle;
import org.mlora.cuda.emulated.gen.MloraEmulated;
import org.mlora.cuda.library.gen.MloraCuda;
import org.mlora.cuda.runtime.DeviceFacts;
import org.mlora.cuda.runtime.DeviceMemory;
import org.mlora.cuda.runtime.DeviceRuntime;
import org.mlora.cuda.runtime.Event;
import org.mlora.cuda.runtime.MemoryPool;
import org.mlora.cuda.runtime.MemoryUse;
import org.mlora.cuda.runtime.PinnedMemory;
import org.mlora.cuda.runtime.Stream;
import org.mlora.nativelib.NativeHandle;

/** A device whose memory is the process's and whose kernels run on the CPU. */
public final class EmulatedRuntime implements DeviceRuntime {
  private final MemoryPool pool = new MemoryPool(EmulatedRuntime::take, EmulatedRuntime::giveBack);

  EmulatedRuntime() {}

  private static long take(long bytes) {
    long[] address = new long[1];
    int status = MloraEmulated.mlora_emulated_allocate(bytes, address);
    if (status == MloraCuda.MLORA_CUDA_OUT_OF_MEMORY) {
      return MemoryPool.NONE;
    }
    check(status);
    return address[0];
  }

  private static void giveBack(long address) {
    check(MloraEmulated.mlora_emulated_free(address));
  }

  /** Sets how much memory there is, in bytes. */
  public void limit(long bytes) {
    check(MloraEmulated.mlora_emulated_memory_limit(bytes));
  }

  /** Gives back what the pool keeps, and tells what is still held of the emulated device. */
  public long live() {
    pool.trim();
    return MloraEmulated.mlora_emulated_live();
  }

  @Override
  public DeviceFacts facts() {
    return new DeviceFacts(0, "emulated device", 90, 1, memory().totalBytes(), "none");
  }

  @Override
  public void bind() {}

  @Override
  public MemoryUse memory() {
    long[] free = new long[1];
    long[] total = new long[1];
    check(MloraEmulated.mlora_emulated_memory(free, total));
    return new MemoryUse(pool.heldBytes(), free[0] + pool.keptBytes(), total[0]);
  }

  @Override
  public DeviceMemory allocate(long bytes, String purpose) {
    return pool.allocate(bytes, purpose, this::memory);
  }

  @Override
  public PinnedMemory pin(int bytes, String purpose) {
    BytePointer memory = new BytePointer(bytes);
    return new PinnedMemory(memory.address(), memory.asByteBuffer(), address -> memory.close());
  }

  @Override
  public Stream stream() {
    return new EmulatedStream();
  }

  @Override
  public Stream urgentStream() {
    return stream();
  }

  @Override
  public Event event() {
    return new EmulatedEvent();
  }

  @Override
  public void synchronize() {
    throw new UnsupportedOperationException("streams are waited for one by one");
  }

  @Override
  public void close() {
    pool.trim();
  }

  /** An event of the emulated device. */
  static final class EmulatedEvent implements Event {
    private final NativeHandle<EmulatedEventHandle> handle;

    EmulatedEvent() {
      EmulatedEventHandle event = new EmulatedEventHandle();
      check(MloraEmulated.mlora_emulated_event_create(event));
      handle =
          new NativeHandle<>(
              "the event", event, e -> check(MloraEmulated.mlora_emulated_event_destroy(e)));
    }

    EmulatedEventHandle mark() {
      return handle.pointer();
    }

    @Override
    public void synchronize() {
      check(MloraEmulated.mlora_emulated_event_synchronize(mark()));
    }

    @Override
    public float millisecondsSince(Event start) {
      return 0;
    }

    @Override
    public void close() {
      handle.close();
    }
  }
}
