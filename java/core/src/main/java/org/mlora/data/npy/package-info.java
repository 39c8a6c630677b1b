/** NumPy array files. */
@NullMarked
package org.mlora.data.npy;

import org.jspecify.annotations.NullMarked;
