/** Optimizers, batches, phases, early stopping, and trainings that can be stopped and resumed. */
@NullMarked
package org.mlora.train;

import org.jspecify.annotations.NullMarked;
