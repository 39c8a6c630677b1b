/** A generated click log with known truth. */
@NullMarked
package org.mlora.data.synthetic;

import org.jspecify.annotations.NullMarked;
