/** Matrix products on a device, by whichever way to cuBLAS the machine offers. */
@NullMarked
package org.mlora.cuda.gemm;

import org.jspecify.annotations.NullMarked;
