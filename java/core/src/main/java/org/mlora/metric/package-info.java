/** How good predictions are, and how sure a difference between two settings is. */
@NullMarked
package org.mlora.metric;

import org.jspecify.annotations.NullMarked;
