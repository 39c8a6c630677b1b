/** The device runtime over JCuda's binding of the CUDA driver API. */
@NullMarked
package org.mlora.cuda.jcuda;

import org.jspecify.annotations.NullMarked;
