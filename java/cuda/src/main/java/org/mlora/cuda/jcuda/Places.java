package org.mlora.cuda.jcuda;

import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;

/** Addresses as JCuda's classes; their constructors from numbers are not public. */
final class Places {
  private static final CUdeviceptr ORIGIN = new CUdeviceptr();

  private Places() {}

  static CUdeviceptr device(long address) {
    return ORIGIN.withByteOffset(address);
  }

  static Pointer host(long address) {
    return new Host(address);
  }

  /** Receives an address of the device. */
  static final class Allocated extends CUdeviceptr {
    long address() {
      return getNativePointer();
    }
  }

  /** Host memory: given by its address, or receives it. */
  static final class Host extends Pointer {
    Host() {}

    Host(long address) {
      super(address);
    }

    long address() {
      return getNativePointer();
    }
  }
}
