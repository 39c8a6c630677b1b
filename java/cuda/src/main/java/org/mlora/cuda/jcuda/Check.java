package org.mlora.cuda.jcuda;

import jcuda.driver.CUresult;
import org.mlora.cuda.runtime.DriverErrors;

/** Turns what the driver returns into exceptions. */
final class Check {
  private Check() {}

  static void check(int result, String call) {
    if (result != CUresult.CUDA_SUCCESS) {
      throw DriverErrors.exception(result, call, CUresult.stringFor(result));
    }
  }
}
