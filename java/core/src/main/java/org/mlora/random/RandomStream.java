package org.mlora.random;

/**
 * Random numbers addressed by an index: number i of a stream is the same however many are drawn, in
 * whatever order. Not for use by several threads at once.
 */
public final class RandomStream {
  private final long key;
  private final int[] words = new int[4];

  /** The stream of this seed for one purpose; different purposes give unrelated numbers. */
  public RandomStream(long seed, String purpose) {
    this.key = Philox.key(seed, purpose);
  }

  /** Uniform on [0, 1), a multiple of 2^-24. */
  public double uniform(long index) {
    draw(index / 4, 0);
    return (words[(int) (index % 4)] >>> 8) * 0x1p-24;
  }

  /** Standard normal. */
  public double normal(long index) {
    return normal(index, 0);
  }

  /** Standard normal, redrawn until it lies within two standard deviations. */
  public double truncatedNormal(long index) {
    int attempt = 0;
    double x = normal(index, attempt);
    while (Math.abs(x) > 2) {
      attempt++;
      x = normal(index, attempt);
    }
    return x;
  }

  /** Box and Muller's pair from 2 x 53 bits; StrictMath, so that machines agree to the bit. */
  private double normal(long index, int attempt) {
    draw(index / 2, attempt);
    double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - uniform53(words[0], words[1])));
    double angle = 2 * Math.PI * uniform53(words[2], words[3]);
    return radius * (index % 2 == 0 ? StrictMath.cos(angle) : StrictMath.sin(angle));
  }

  private void draw(long block, int attempt) {
    Philox.words((int) block, (int) (block >>> 32), attempt, 0, key, words);
  }

  private static double uniform53(int high, int low) {
    return (((high & 0xFFFFFFFFL) << 21) | (low >>> 11)) * 0x1p-53;
  }
}
