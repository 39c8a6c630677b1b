package org.mlora.data;

import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.mlora.data.npy.NpyFile;
import org.mlora.error.InvalidInputException;

/** Maps and checks the columns of one split. */
final class SplitReader {
  private final Path folder;

  private SplitReader(Path folder) {
    this.folder = folder;
  }

  static Columns read(Path folder, Schema schema) {
    return new SplitReader(folder).read(schema);
  }

  private Columns read(Schema schema) {
    NpyFile labels = map(FileNames.LABELS);
    int rows = labels.rows();
    List<Column> fields = new ArrayList<>();
    for (Field field : schema.fields()) {
      fields.add(column(field, rows));
    }
    Columns columns = new Columns(rows, fields, domains(schema, rows), labels(labels.floats()));
    return schema.weight().isPresent() ? columns.withWeights(weights(rows)) : columns;
  }

  private Column column(Field field, int rows) {
    String name = field.name();
    if (field instanceof Field.MultiValued f) {
      return bags(name, f, rows);
    }
    String file = FileNames.values(name);
    if (field instanceof Field.Numeric) {
      return new Column.Numbers(finite(file, sized(map(file), file, rows).floats()));
    }
    int idCount = field.tableRows().orElseThrow();
    return new Column.Ids(inRange(file, sized(map(file), file, rows).ints(), idCount));
  }

  private Column bags(String name, Field.MultiValued field, int rows) {
    String file = FileNames.offsets(name);
    LongBuffer offsets = sized(map(file), file, rows + 1).longs();
    String idFile = FileNames.ids(name);
    IntBuffer ids = inRange(idFile, map(idFile).ints(), field.idCount());
    long last = 0;
    for (int i = 0; i <= rows; i++) {
      long offset = offsets.get(i);
      if (offset < last || i == 0 && offset != 0) {
        throw bad(file, "entry " + i + " is " + offset + "; offsets start at 0 and never fall");
      }
      last = offset;
    }
    if (last != ids.limit()) {
      throw bad(file, "ends at " + last + " where " + idFile + " has " + ids.limit() + " ids");
    }
    return new Column.Bags(offsets, ids);
  }

  private IntBuffer domains(Schema schema, int rows) {
    IntBuffer domains = sized(map(FileNames.DOMAINS), FileNames.DOMAINS, rows).ints();
    return inRange(FileNames.DOMAINS, domains, schema.domains().size());
  }

  private FloatBuffer labels(FloatBuffer labels) {
    for (int i = 0; i < labels.limit(); i++) {
      float label = labels.get(i);
      if (label != 0f && label != 1f) {
        throw bad(FileNames.LABELS, "row " + i + " is " + label + "; labels are 0 or 1");
      }
    }
    return labels;
  }

  private FloatBuffer weights(int rows) {
    FloatBuffer weights = sized(map(FileNames.WEIGHTS), FileNames.WEIGHTS, rows).floats();
    for (int i = 0; i < rows; i++) {
      float weight = weights.get(i);
      if (!Outcomes.isWeight(weight)) {
        throw bad(
            FileNames.WEIGHTS, "row " + i + " is " + weight + "; weights are finite, 0 or more");
      }
    }
    return weights;
  }

  private NpyFile map(String file) {
    NpyFile array = NpyFile.map(folder.resolve(file));
    if (array.width() != 1) {
      throw bad(file, "is a matrix of width " + array.width() + " where a column is needed");
    }
    return array;
  }

  private NpyFile sized(NpyFile array, String file, int rows) {
    if (array.rows() != rows) {
      throw bad(file, "has " + array.rows() + " entries where " + rows + " are needed");
    }
    return array;
  }

  private IntBuffer inRange(String file, IntBuffer ids, int count) {
    for (int i = 0; i < ids.limit(); i++) {
      int id = ids.get(i);
      if (id < 0 || id >= count) {
        throw bad(file, "entry " + i + " is " + id + "; ids are from 0 to " + (count - 1));
      }
    }
    return ids;
  }

  private FloatBuffer finite(String file, FloatBuffer numbers) {
    for (int i = 0; i < numbers.limit(); i++) {
      if (!Float.isFinite(numbers.get(i))) {
        throw bad(file, "row " + i + " is " + numbers.get(i) + "; numbers are finite");
      }
    }
    return numbers;
  }

  /** Maps the table of a pretrained field. */
  static FloatBuffer embeddings(Path folder, Field.Pretrained field) {
    String file = FileNames.embeddings(field.name());
    NpyFile table = NpyFile.map(folder.resolve(file));
    if (table.rows() != field.idCount() || table.width() != field.width()) {
      throw new SplitReader(folder)
          .bad(
              file,
              "has shape ("
                  + table.rows()
                  + ", "
                  + table.width()
                  + ") where the schema needs ("
                  + field.idCount()
                  + ", "
                  + field.width()
                  + ")");
    }
    return new SplitReader(folder).finite(file, table.floats());
  }

  private InvalidInputException bad(String file, String what) {
    return new InvalidInputException(
        folder.resolve(file) + ": " + what + "; prepare the data again");
  }
}
