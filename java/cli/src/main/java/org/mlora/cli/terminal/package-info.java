/** Streams, the line that shows progress, and Ctrl-C. */
@NullMarked
package org.mlora.cli.terminal;

import org.jspecify.annotations.NullMarked;
