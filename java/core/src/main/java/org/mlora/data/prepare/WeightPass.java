package org.mlora.data.prepare;

import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.file.Path;
import org.mlora.data.DatasetWriter;
import org.mlora.data.NumberCell;
import org.mlora.data.Outcomes;
import org.mlora.data.npy.NpyType;
import org.mlora.data.table.Numbers;
import org.mlora.data.table.TableReader;
import org.mlora.error.InvalidInputException;

/**
 * How much each row counts: a column of numbers of 0 or more. They are stored as shares of the mean
 * of all training rows, so that learning rates and penalties mean what they do without weights.
 */
final class WeightPass implements AutoCloseable {
  private final String column;
  private final Spool spool;

  WeightPass(String column, Path folder) {
    this.column = column;
    this.spool = new Spool(folder, "spool-weights", NpyType.FLOAT32);
  }

  String column() {
    return column;
  }

  /**
   * Takes the weight of the table's current row.
   *
   * @param at the column's place in the row
   * @throws InvalidInputException with file and line where it is no number of 0 or more that a
   *     float32 holds
   */
  void scan(TableReader row, int at) {
    float weight = (float) Numbers.parse(row.bytes(), row.start(at), row.end(at));
    if (!Outcomes.isWeight(weight)) {
      throw new InvalidInputException(
          row.place()
              + ": weight column '"
              + column
              + "' is '"
              + row.text(at)
              + "'; it must be a number from 0 to 3.4e38");
    }
    spool.writer().put(weight);
  }

  /** Writes the weights of the rows that are kept. */
  void write(IntBuffer codes, DatasetWriter out) {
    FloatBuffer weights = spool.floats();
    double mean = meanOfTraining(codes, weights);
    DatasetWriter.SplitWriter[] parts = out.splits();
    for (int row = 0; row < codes.limit(); row++) {
      int code = codes.get(row);
      if (code >= 0) {
        parts[RowCode.part(code)].weight(NumberCell.stored(weights.get(row) / mean));
      }
    }
    spool.delete();
  }

  private double meanOfTraining(IntBuffer codes, FloatBuffer weights) {
    double sum = 0;
    long rows = 0;
    for (int row = 0; row < codes.limit(); row++) {
      if (RowCode.trains(codes.get(row))) {
        sum += weights.get(row);
        rows++;
      }
    }
    if (sum == 0) {
      throw new InvalidInputException(
          "weight column '"
              + column
              + "' is 0 in all training rows, or too small a number; nothing would be learned");
    }
    return sum / rows;
  }

  @Override
  public void close() {
    spool.close();
  }
}
