package org.mlora.data.synthetic;

import java.util.Arrays;
import java.util.Comparator;
import org.mlora.random.RandomStream;

/** The truth behind a generated click log: the probability of a click of a user on an item. */
final class ClickModel {
  private static final int CALIBRATION_PAIRS = 4096;

  private final SyntheticParameters p;
  private final double[] user;
  private final double[] item;
  private final double[] quality;
  private final double[] itemDirection;
  private final double[] userDirection;

  /** u M_d of every domain and user: what the taste of a user is in a domain. */
  private final double[] taste;

  private final double[] intercept;

  ClickModel(SyntheticParameters p) {
    this.p = p;
    int k = p.latent();
    user = normals("user", p.users() * k);
    item = normals("item", p.items() * k);
    quality = normals("quality", p.items());
    itemDirection = normals("item shift", p.domains() * k);
    userDirection = normals("user shift", p.domains() * k);
    taste = tastes();
    intercept = intercepts();
  }

  private double[] normals(String purpose, int count) {
    RandomStream stream = new RandomStream(p.seed(), "synthetic " + purpose);
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = stream.normal(i);
    }
    return values;
  }

  /**
   * Each domain maps the latent vector of the user by M_d = a I + b P_d Q_d, with a and b such that
   * the two parts of the logit have the spreads asked for.
   */
  private double[] tastes() {
    int k = p.latent();
    int rank = p.shiftRank();
    double[] down = normals("taste down", p.domains() * k * rank);
    double[] up = normals("taste up", p.domains() * rank * k);
    double shared = p.sharedTaste() / Math.sqrt(k);
    double shifted = p.tasteShift() / (k * Math.sqrt(rank));
    double[] all = new double[p.domains() * p.users() * k];
    for (int d = 0; d < p.domains(); d++) {
      for (int u = 0; u < p.users(); u++) {
        int out = (d * p.users() + u) * k;
        for (int j = 0; j < k; j++) {
          all[out + j] = shared * user[u * k + j];
        }
        for (int r = 0; r < rank; r++) {
          double low = 0;
          for (int j = 0; j < k; j++) {
            low += user[u * k + j] * down[(d * k + j) * rank + r];
          }
          for (int j = 0; j < k; j++) {
            all[out + j] += shifted * low * up[(d * rank + r) * k + j];
          }
        }
      }
    }
    return all;
  }

  /** Base rates from lowest to highest, evenly in logits, over domains in random order. */
  private double[] intercepts() {
    RandomStream order = new RandomStream(p.seed(), "synthetic rates");
    Integer[] domains = new Integer[p.domains()];
    for (int d = 0; d < domains.length; d++) {
      domains[d] = d;
    }
    Arrays.sort(domains, Comparator.comparingDouble((Integer d) -> order.uniform(d)));
    double[] values = new double[domains.length];
    double low = logit(p.lowestRate());
    double high = logit(p.highestRate());
    for (int place = 0; place < domains.length; place++) {
      double share = domains.length == 1 ? 0.5 : place / (domains.length - 1.0);
      values[domains[place]] = intercept(domains[place], sigmoid(low + share * (high - low)));
    }
    return values;
  }

  /** The number to add to a domain's logits so that the mean probability is {@code rate}. */
  private double intercept(int domain, double rate) {
    RandomStream pairs = new RandomStream(p.seed(), "synthetic calibration");
    double[] logits = new double[CALIBRATION_PAIRS];
    for (int i = 0; i < logits.length; i++) {
      int u = (int) (pairs.uniform(2L * i) * p.users());
      logits[i] = preference(domain, u, (int) (pairs.uniform(2L * i + 1) * p.items()));
    }
    double low = -50;
    double high = 50;
    for (int step = 0; step < 60; step++) {
      double middle = (low + high) / 2;
      double sum = 0;
      for (double logit : logits) {
        sum += sigmoid(logit + middle);
      }
      if (sum < rate * logits.length) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return (low + high) / 2;
  }

  private double preference(int d, int u, int i) {
    int k = p.latent();
    double dot = 0;
    double appeal = 0;
    double activity = 0;
    for (int j = 0; j < k; j++) {
      dot += taste[(d * p.users() + u) * k + j] * item[i * k + j];
      appeal += itemDirection[d * k + j] * item[i * k + j];
      activity += userDirection[d * k + j] * user[u * k + j];
    }
    double root = Math.sqrt(k);
    return dot
        + p.itemQuality() * quality[i]
        + p.itemShift() * appeal / root
        + p.userShift() * activity / root;
  }

  /** The probability of a click. */
  double probability(int domain, int user, int item) {
    return sigmoid(preference(domain, user, item) + intercept[domain]);
  }

  private static double logit(double p) {
    return StrictMath.log(p / (1 - p));
  }

  private static double sigmoid(double x) {
    return 1 / (1 + StrictMath.exp(-x));
  }
}
