/** Networks compiled for a CUDA device. */
@NullMarked
package org.mlora.cuda.engine;

import org.jspecify.annotations.NullMarked;
