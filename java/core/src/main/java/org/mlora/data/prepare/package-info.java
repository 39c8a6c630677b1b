/** From tables to prepared data sets. */
@NullMarked
package org.mlora.data.prepare;

import org.jspecify.annotations.NullMarked;
