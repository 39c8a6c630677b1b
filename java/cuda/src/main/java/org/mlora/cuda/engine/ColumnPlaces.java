package org.mlora.cuda.engine;

/** Where columns lie on the device, for a pass to read, and where predictions of their rows go. */
interface ColumnPlaces {
  /** Address of a field's ids or numbers. */
  long values(int input);

  /** Address of a field's offsets. */
  long offsets(int input);

  long domains();

  long labels();

  /** Address of the rows' weights; 0 where every row counts 1. */
  long weights();

  /** Where the logits of all rows go. */
  long logits();

  /** Where the probabilities of all rows go. */
  long probabilities();

  /** Most ids that bags of {@code count} rows, whichever they are, can hold. */
  long mostIds(int input, int count);
}
