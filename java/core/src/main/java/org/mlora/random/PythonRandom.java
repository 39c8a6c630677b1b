package org.mlora.random;

/**
 * The numbers of Python's {@code random.seed(n)} and {@code random.random()}: the Mersenne Twister
 * MT19937 (Matsumoto and Nishimura, ACM TOMACS 1998), started from an array of one number. For
 * rules that were published as Python programs.
 */
public final class PythonRandom {
  private static final int N = 624;
  private static final int M = 397;
  private static final int MATRIX = 0x9908b0df;
  private static final int UPPER = 0x80000000;

  private final int[] state = new int[N];
  private int next = N;

  /**
   * Starts.
   *
   * @param seed 0 or more
   */
  public PythonRandom(int seed) {
    state[0] = 19650218;
    for (int i = 1; i < N; i++) {
      state[i] = 1812433253 * (state[i - 1] ^ state[i - 1] >>> 30) + i;
    }
    for (int round = 0; round < N; round++) {
      mix(1 + round % (N - 1), 1664525, seed);
    }
    for (int round = 0; round < N - 1; round++) {
      int i = 1 + (round + 1) % (N - 1);
      mix(i, 1566083941, -i);
    }
    state[0] = UPPER;
  }

  private void mix(int i, int factor, int add) {
    state[i] = (state[i] ^ (state[i - 1] ^ state[i - 1] >>> 30) * factor) + add;
    if (i == N - 1) {
      state[0] = state[N - 1];
    }
  }

  /** The next number, uniform on [0, 1), a multiple of 2^-53. */
  public double random() {
    long high = word() >>> 5;
    long low = word() >>> 6;
    return (high * 0x1p26 + low) * 0x1p-53;
  }

  private int word() {
    if (next == N) {
      for (int i = 0; i < N; i++) {
        int y = state[i] & UPPER | state[(i + 1) % N] & ~UPPER;
        state[i] = state[(i + M) % N] ^ y >>> 1 ^ ((y & 1) == 0 ? 0 : MATRIX);
      }
      next = 0;
    }
    int y = state[next++];
    y ^= y >>> 11;
    y ^= y << 7 & 0x9d2c5680;
    y ^= y << 15 & 0xefc60000;
    return y ^ y >>> 18;
  }
}
