/** The models, their sizes and their initial values. */
@NullMarked
package org.mlora.model;

import org.jspecify.annotations.NullMarked;
