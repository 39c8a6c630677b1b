/** Tables of text and how their cells are read. */
@NullMarked
package org.mlora.data.table;

import org.jspecify.annotations.NullMarked;
