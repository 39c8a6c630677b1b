/** Products through the library of our kernels, which opens cuBLAS itself. */
@NullMarked
package org.mlora.cuda.gemm.kernels;

import org.jspecify.annotations.NullMarked;
