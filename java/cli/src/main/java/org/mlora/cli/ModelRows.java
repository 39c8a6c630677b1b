package org.mlora.cli;

import java.nio.file.Path;
import org.mlora.cli.terminal.Terminal;
import org.mlora.data.Columns;
import org.mlora.data.Dataset;
import org.mlora.data.Split;
import org.mlora.error.InvalidInputException;
import org.mlora.serve.MloraModel;
import org.mlora.serve.Translation;

/** Rows of a data set as a model reads them. */
final class ModelRows {
  private ModelRows() {}

  /** Those of a split, which must have some; says where they may mean something else. */
  static Columns of(MloraModel model, Dataset dataset, Path data, Split split, Terminal terminal) {
    Translation.doubt(dataset.schema(), model.schema())
        .ifPresent(what -> terminal.tell("mlora: warning: " + what));
    Columns columns = model.columns(dataset, split);
    if (columns.rows() == 0) {
      throw new InvalidInputException(
          data + ": the " + split.label() + " split has no rows; choose another --split");
    }
    return columns;
  }
}
