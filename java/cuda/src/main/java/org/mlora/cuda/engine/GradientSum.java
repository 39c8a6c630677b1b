package org.mlora.cuda.engine;

import org.mlora.network.Parameter;
import org.mlora.network.RowKind;

/**
 * Floats in the work space whose sums are the gradient of a parameter.
 *
 * @param place of the first part; of the first chunk's where the parameter has a row for each
 *     domain
 * @param ld floats from one part to the next
 * @param count number of parts; not read where they are chunks
 */
record GradientSum(Parameter parameter, long place, long ld, int count) {
  /** Parts without anything between them. */
  static GradientSum whole(Parameter parameter, long place, int count) {
    return new GradientSum(parameter, place, parameter.size(), count);
  }

  /** Parts by chunk, each with something of other parameters too. */
  static GradientSum ofChunks(Parameter parameter, long place, long ld) {
    return new GradientSum(parameter, place, ld, 0);
  }

  /** Whether parts are those of the chunks of a domain. */
  boolean byDomain() {
    return parameter.rowKind() == RowKind.BY_DOMAIN;
  }
}
