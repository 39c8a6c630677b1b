/** Predictions that agree with observed rates, by a line on the logit of each domain. */
@NullMarked
package org.mlora.calibration;

import org.jspecify.annotations.NullMarked;
