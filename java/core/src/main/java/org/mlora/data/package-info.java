/** Prepared data sets: schema, columns, vocabularies, and encoding of raw rows. */
@NullMarked
package org.mlora.data;

import org.jspecify.annotations.NullMarked;
