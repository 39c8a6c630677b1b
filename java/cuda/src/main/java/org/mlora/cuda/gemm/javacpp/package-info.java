/** cuBLAS 13 through JavaCPP's presets. */
@NullMarked
package org.mlora.cuda.gemm.javacpp;

import org.jspecify.annotations.NullMarked;
