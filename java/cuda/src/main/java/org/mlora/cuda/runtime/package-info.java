/** A CUDA device as the backend uses it: memory, streams, events, graphs; who runs it is open. */
@NullMarked
package org.mlora.cuda.runtime;

import org.jspecify.annotations.NullMarked;
