package org.mlora.data.synthetic;

import org.mlora.error.InvalidInputException;

/**
 * Parameters of {@link SyntheticClicks}. Spreads are standard deviations of parts of the logit over
 * users and items.
 *
 * @param latent length of the latent vectors of users and items
 * @param sharedTaste of the dot product of user and item, the same in every domain
 * @param itemQuality of an item's appeal to everyone in every domain
 * @param itemShift of an item's appeal in one domain, linear in the item's latent vector
 * @param userShift of a user's activity in one domain, linear in the user's latent vector
 * @param tasteShift of the dot product of user and item through a map of rank {@code shiftRank}
 *     that each domain has for itself
 * @param zipf domain k has a share of rows proportional to k^-zipf
 * @param lowestRate base rate (share of positives) of the domain that clicks least
 * @param highestRate base rate of the domain that clicks most; the others lie between, evenly in
 *     logits, in random order
 */
public record SyntheticParameters(
    long seed,
    int rows,
    int domains,
    int users,
    int items,
    int latent,
    int shiftRank,
    double sharedTaste,
    double itemQuality,
    double itemShift,
    double userShift,
    double tasteShift,
    double zipf,
    double lowestRate,
    double highestRate) {
  /** Of one kind that are held in memory, as doubles: 4 GiB. */
  private static final long MOST_NUMBERS = 1L << 29;

  /**
   * Checks the values.
   *
   * @throws InvalidInputException when one is out of its range, or together they are too large
   */
  public SyntheticParameters {
    if (rows < 1 || domains < 1 || users < 1 || items < 1 || latent < 1 || shiftRank < 1) {
      throw new InvalidInputException(
          "rows, domains, users, items, latent and shift rank must each be at least 1");
    }
    if (!(lowestRate > 0 && lowestRate <= highestRate && highestRate < 1)) {
      throw new InvalidInputException("base rates must lie between 0 and 1, the lowest first");
    }
    if (domains > 10_000 || users > 10_000_000 || items > 10_000_000 || latent > 1000) {
      throw new InvalidInputException(
          "at most 10,000 domains, 10,000,000 users and items, and latent vectors of 1000");
    }
    requireRoom("users times latent", (long) users * latent);
    requireRoom("items times latent", (long) items * latent);
    requireRoom("domains times latent times shift rank", (long) domains * latent * shiftRank);
    requireRoom("domains times users times latent", (long) domains * users * latent);
  }

  private static void requireRoom(String what, long numbers) {
    if (numbers > MOST_NUMBERS) {
      throw new InvalidInputException(
          what
              + " is "
              + numbers
              + ", but so many numbers are held in memory, at most "
              + MOST_NUMBERS
              + "; lower one of them");
    }
  }

  /**
   * The log of {@code mlora demo}: 40 domains, each with its own active users and wanted items. To
   * tell them takes more numbers than an embedding of the domain holds, and there are enough rows
   * of each user and item for a domain to learn them.
   */
  public static SyntheticParameters demo() {
    return new SyntheticParameters(
        1, 240_000, 40, 40, 100, 8, 1, 0.1, 0.1, 1.4, 1.4, 0, 0.2, 0.08, 0.4);
  }

  /** The same with another seed. */
  public SyntheticParameters withSeed(long other) {
    return new SyntheticParameters(
        other,
        rows,
        domains,
        users,
        items,
        latent,
        shiftRank,
        sharedTaste,
        itemQuality,
        itemShift,
        userShift,
        tasteShift,
        zipf,
        lowestRate,
        highestRate);
  }

  /** The same with another number of rows. */
  public SyntheticParameters withRows(int other) {
    return new SyntheticParameters(
        seed,
        other,
        domains,
        users,
        items,
        latent,
        shiftRank,
        sharedTaste,
        itemQuality,
        itemShift,
        userShift,
        tasteShift,
        zipf,
        lowestRate,
        highestRate);
  }
}
