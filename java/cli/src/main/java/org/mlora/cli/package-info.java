/** The commands of {@code mlora}. */
@NullMarked
package org.mlora.cli;

import org.jspecify.annotations.NullMarked;
