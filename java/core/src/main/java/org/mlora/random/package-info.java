/** Random numbers that are the same on every machine and backend. */
@NullMarked
package org.mlora.random;

import org.jspecify.annotations.NullMarked;
