package org.mlora.cuda.engine;

import java.util.Map;

/**
 * What dropout does in a pass.
 *
 * @param active whether there is any
 * @param given masks given in place of drawn ones: the address of (rows, width) bytes by stream
 */
record Dropout(boolean active, Map<Integer, Long> given) {
  static final Dropout NONE = new Dropout(false, Map.of());
}
