/** Models laid out as columns read, parameters, values and ops: what backends compile. */
@NullMarked
package org.mlora.network;

import org.jspecify.annotations.NullMarked;
