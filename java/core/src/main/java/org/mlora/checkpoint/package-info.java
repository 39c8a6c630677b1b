/** Trained models and resumable training states on disk. */
@NullMarked
package org.mlora.checkpoint;

import org.jspecify.annotations.NullMarked;
