package org.mlora.bench.measure;

/**
 * How long to measure.
 *
 * @param warmUpSeconds of each entrant before the first round
 * @param blockSeconds of one entrant in one round
 * @param tableIds rows of each table of ids
 * @param rows rows of the data
 * @param csvMegabytes size of the file that is prepared
 */
public record Effort(
    double warmUpSeconds,
    double blockSeconds,
    int rounds,
    int tableIds,
    int rows,
    int csvMegabytes) {
  /** About a minute in all, on smaller tables. */
  public static final Effort QUICK = new Effort(0.15, 0.05, 3, 20_000, 1 << 16, 32);

  /** Some ten minutes in all. */
  public static final Effort FULL = new Effort(1.5, 0.3, 9, 100_000, 1 << 19, 256);
}
