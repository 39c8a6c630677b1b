/**
 * The reference backend: every op and optimizer in plain Java and double precision, row by row, to
 * be read beside the paper. It checks the other backends, and runs where there is no native
 * library.
 */
@NullMarked
package org.mlora.backend.reference;

import org.jspecify.annotations.NullMarked;
