package org.mlora.metric;

/** Student's t distribution for whole degrees of freedom. */
final class StudentT {
  private StudentT() {}

  /** The t with P(|T| < t) = 0.95, by bisection to the last bits. */
  static double halfWidth95(int degrees) {
    double low = 0;
    double high = 16;
    for (int i = 0; i < 64; i++) {
      double middle = (low + high) / 2;
      if (central(middle, degrees) < 0.95) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return (low + high) / 2;
  }

  /** P(|T| < t): Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4. */
  static double central(double t, int degrees) {
    double angle = Math.atan(t / Math.sqrt(degrees));
    double cos = Math.cos(angle);
    boolean odd = degrees % 2 == 1;
    double term = odd ? cos : 1;
    double sum = degrees == 1 ? 0 : term;
    for (int i = odd ? 3 : 2; i <= degrees - 2; i += 2) {
      term *= cos * cos * (i - 1) / i;
      sum += term;
    }
    return odd ? 2 / Math.PI * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
  }
}
