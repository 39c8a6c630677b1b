/** cuBLAS 12 through JCublas. */
@NullMarked
package org.mlora.cuda.gemm.jcublas;

import org.jspecify.annotations.NullMarked;
