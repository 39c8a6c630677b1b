package org.mlora.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.mlora.data.Dataset;
import org.mlora.error.InvalidInputException;

/** Several data sets by the names of their folders, opened and closed together. */
record NamedDatasets(Map<String, Dataset> byName) implements AutoCloseable {
  /**
   * Opens all.
   *
   * @throws InvalidInputException where one cannot be opened, or two have one name
   */
  static NamedDatasets open(List<Path> folders) {
    NamedDatasets datasets = new NamedDatasets(new LinkedHashMap<>());
    try {
      for (Path folder : folders) {
        String name = DataSummary.name(folder);
        if (datasets.byName.containsKey(name)) {
          throw new InvalidInputException(
              "--data names two folders called '"
                  + name
                  + "'; rename one, as it names its results");
        }
        datasets.byName.put(name, Dataset.open(folder));
      }
      return datasets;
    } catch (Throwable e) {
      datasets.close();
      throw e;
    }
  }

  @Override
  public void close() {
    new ArrayList<>(byName.values()).forEach(Dataset::close);
  }
}
