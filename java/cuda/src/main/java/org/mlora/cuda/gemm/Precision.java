package org.mlora.cuda.gemm;

import java.util.List;
import java.util.stream.Stream;
import org.mlora.error.InvalidInputException;

/** What products are computed from; sums are always kept in single precision. */
public enum Precision {
  /** Operands and products in single precision. */
  FP32("fp32", 4),
  /** Three products of operands split for the tensor cores, about as exact as {@link #FP32}. */
  TF32X3("3xtf32", 4),
  /** Operands in single precision, rounded to 10 bits of mantissa for the tensor cores. */
  TF32("tf32", 4),
  /** Activations and the weights read in a step are stored as bfloat16. */
  BF16("bf16", 2);

  private final String word;
  private final int elementBytes;

  Precision(String word, int elementBytes) {
    this.word = word;
    this.elementBytes = elementBytes;
  }

  /**
   * The precision of that name.
   *
   * @throws InvalidInputException when there is none
   */
  public static Precision named(String word) {
    return Stream.of(values())
        .filter(precision -> precision.word.equals(word))
        .findFirst()
        .orElseThrow(
            () ->
                new InvalidInputException(
                    "precision '" + word + "': not one of " + String.join(", ", words())));
  }

  /** The names of all. */
  public static List<String> words() {
    return Stream.of(values()).map(Precision::word).toList();
  }

  /** Its name for people and in settings. */
  public String word() {
    return word;
  }

  /** Bytes of an element: an activation, its gradient, a weight as a product reads it. */
  public int elementBytes() {
    return elementBytes;
  }

  /** Its number in {@code mlora_cuda.h}. */
  public int code() {
    return ordinal();
  }
}
