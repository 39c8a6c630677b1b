package org.mlora.cli;

import java.nio.file.Path;
import org.mlora.data.Columns;
import org.mlora.data.Dataset;
import org.mlora.data.Split;
import org.mlora.error.InvalidInputException;
import org.mlora.serve.MloraModel;

/** Rows of a data set as a model reads them. */
final class ModelRows {
  private ModelRows() {}

  /** Those of a split, which must have some. */
  static Columns of(MloraModel model, Dataset dataset, Path data, Split split) {
    Columns columns = model.columns(dataset, split);
    if (columns.rows() == 0) {
      throw new InvalidInputException(
          data + ": the " + split.label() + " split has no rows; choose another --split");
    }
    return columns;
  }
}
