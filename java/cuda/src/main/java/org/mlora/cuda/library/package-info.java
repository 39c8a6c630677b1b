/** Native libraries of the machine and of this project. */
@NullMarked
package org.mlora.cuda.library;

import org.jspecify.annotations.NullMarked;
