package org.mlora.backend.reference;

import org.mlora.network.Value;

/**
 * Mean over rows of their weight times the binary cross-entropy of sigmoid(logit), in the form that
 * does not overflow.
 */
final class CrossEntropy {
  private CrossEntropy() {}

  static double sigmoid(double logit) {
    double e = Math.exp(-Math.abs(logit));
    return logit >= 0 ? 1 / (1 + e) : e / (1 + e);
  }

  /** Gives the loss, and adds its gradient weight (sigmoid(z) - y) / n to the logits'. */
  static double forwardBackward(Pass pass, Value logit) {
    int n = pass.batch().size();
    double sum = 0;
    for (int i = 0; i < n; i++) {
      double z = pass.values(logit)[i];
      double y = pass.batch().label(i);
      double weight = pass.batch().weight(i);
      sum += weight * (Math.max(z, 0) - z * y + Math.log1p(Math.exp(-Math.abs(z))));
      pass.gradients(logit)[i] += weight * (sigmoid(z) - y) / n;
    }
    return sum / n;
  }
}
