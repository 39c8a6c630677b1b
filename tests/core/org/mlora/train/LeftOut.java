package org.mlora.train;

import java.nio.IntBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.mlora.data.Column;
import org.mlora.data.Columns;
import org.mlora.data.Dataset;
import org.mlora.data.DatasetWriter;
import org.mlora.data.Schema;
import org.mlora.data.Split;

/** A data set without a part of it. */
final class LeftOut {
  private LeftOut() {}

  /** Copies all other domains, of a data set whose fields all have one id. */
  static Dataset of(Dataset all, String domain, Path folder) {
    Schema schema = all.schema();
    List<String> domains = new ArrayList<>(schema.domains());
    domains.remove(domain);
    Schema smaller =
        new Schema(schema.label(), schema.labelRule(), schema.domain(), domains, schema.fields());
    int left = schema.domains().indexOf(domain);
    try (DatasetWriter writer = DatasetWriter.create(DatasetWriter.begin(folder, false), smaller)) {
      writer.write(all.vocabularies());
      for (Split split : Split.values()) {
        copy(all.columns(split), left, writer.split(split));
      }
      writer.commit();
    }
    return Dataset.open(folder);
  }

  /** Copies all other splits, of a data set whose fields all have one id. */
  static Dataset of(Dataset all, Split without, Path folder) {
    try (DatasetWriter writer =
        DatasetWriter.create(DatasetWriter.begin(folder, false), all.schema())) {
      writer.write(all.vocabularies());
      for (Split split : Split.values()) {
        if (split != without) {
          copy(all.columns(split), all.schema().domains().size(), writer.split(split));
        }
      }
      writer.commit();
    }
    return Dataset.open(folder);
  }

  private static void copy(Columns from, int left, DatasetWriter.SplitWriter to) {
    List<IntBuffer> ids = from.fields().stream().map(c -> ((Column.Ids) c).ids()).toList();
    for (int row = 0; row < from.rows(); row++) {
      int domain = from.domains().get(row);
      if (domain == left) {
        continue;
      }
      for (int field = 0; field < ids.size(); field++) {
        to.id(field, ids.get(field).get(row));
      }
      to.endRow(domain > left ? domain - 1 : domain, from.labels().get(row) > 0);
    }
  }
}
