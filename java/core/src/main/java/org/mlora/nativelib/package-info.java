/** Finds and loads the native library, and binds its C API. Used by the CPU backend only. */
@NullMarked
package org.mlora.nativelib;

import org.jspecify.annotations.NullMarked;
