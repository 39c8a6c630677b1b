/** The CUDA backend. */
@NullMarked
package org.mlora.cuda;

import org.jspecify.annotations.NullMarked;
