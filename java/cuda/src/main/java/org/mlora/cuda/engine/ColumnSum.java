package org.mlora.cuda.engine;

import org.mlora.cuda.library.gen.CudaColumns;

/**
 * Columns whose sums over the batch are a gradient, each row weighted or not.
 *
 * @param matrix address of the columns
 * @param isFloat whether they are floats whatever the precision
 * @param weights address of what each row is multiplied with, or 0
 * @param weightStride floats from one row's weight to the next
 * @param ofRows whether weights are a column of the data instead
 * @param stride floats from one column's sum to the next
 * @param parts address of the first part's sums
 * @param partLd floats from one part to the next
 */
record ColumnSum(
    long matrix,
    boolean isFloat,
    int width,
    int ld,
    long weights,
    int weightStride,
    boolean ofRows,
    int stride,
    long parts,
    long partLd) {
  /** Sums of rows that are not weighted. */
  static ColumnSum plain(long matrix, boolean isFloat, int width, int ld, long parts) {
    return new ColumnSum(matrix, isFloat, width, ld, 0, 0, false, 1, parts, width);
  }

  /** The same with each row multiplied with a float. */
  ColumnSum weighted(long address, int strideOfWeights) {
    return new ColumnSum(
        matrix, isFloat, width, ld, address, strideOfWeights, false, stride, parts, partLd);
  }

  /** The same with each row multiplied with the number that a column of the data has for it. */
  ColumnSum weightedByNumbers(long column) {
    return new ColumnSum(matrix, isFloat, width, ld, column, 0, true, stride, parts, partLd);
  }

  /** The same with sums that are a column of a larger matrix of sums. */
  ColumnSum into(long address, int strideOfSums, long size) {
    return new ColumnSum(
        matrix, isFloat, width, ld, weights, weightStride, ofRows, strideOfSums, address, size);
  }

  void describe(CudaColumns struct) {
    struct
        .matrix(matrix)
        .is_float(isFloat ? 1 : 0)
        .width(width)
        .ld(ld)
        .weights(weights)
        .weight_stride(weightStride)
        .numbers(ofRows ? 1 : 0)
        .part_stride(stride)
        .parts(parts)
        .part_ld(partLd);
  }
}
