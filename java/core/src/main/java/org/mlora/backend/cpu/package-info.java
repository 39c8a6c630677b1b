/** The CPU backend: the native engine behind {@link org.mlora.backend.Backend}. */
@NullMarked
package org.mlora.backend.cpu;

import org.jspecify.annotations.NullMarked;
