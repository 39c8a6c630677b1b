/** Trained models in use: evaluation and predictions. */
@NullMarked
package org.mlora.serve;

import org.jspecify.annotations.NullMarked;
