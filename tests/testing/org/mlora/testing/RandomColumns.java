package org.mlora.testing;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.IntSupplier;
import java.util.stream.IntStream;
import org.mlora.data.Column;
import org.mlora.data.Columns;
import org.mlora.data.Field;
import org.mlora.data.Schema;

/** Rows of a schema: unknown ids and domains, empty and repeating bags among them. */
final class RandomColumns {
  private final Schema schema;
  private final int rows;
  private final Random random;

  private RandomColumns(Schema schema, int rows, Random random) {
    this.schema = schema;
    this.rows = rows;
    this.random = random;
  }

  static Columns of(Schema schema, int rows, boolean weighted, Random random) {
    return new RandomColumns(schema, rows, random).columns(weighted);
  }

  private Columns columns(boolean weighted) {
    List<Column> fields = new ArrayList<>();
    for (Field field : schema.fields()) {
      if (field instanceof Field.Categorical || field instanceof Field.Pretrained) {
        int ids = field.tableRows().orElseThrow();
        fields.add(new Column.Ids(Buffers.ints(ints(() -> random.nextInt(ids + 1) - 1))));
      } else if (field instanceof Field.MultiValued f) {
        fields.add(bags(f.idCount()));
      } else {
        float[] numbers = new float[rows];
        for (int i = 0; i < rows; i++) {
          numbers[i] = (float) random.nextGaussian();
        }
        fields.add(new Column.Numbers(Buffers.floats(numbers)));
      }
    }
    int domains = schema.domains().size();
    float[] labels = new float[rows];
    for (int i = 0; i < rows; i++) {
      labels[i] = random.nextInt(2);
    }
    return new Columns(
        rows,
        fields,
        Buffers.ints(ints(() -> random.nextInt(domains + 1) - 1)),
        Buffers.floats(labels),
        weights(weighted));
  }

  /** Some are 0. */
  private FloatBuffer weights(boolean weighted) {
    float[] weights = new float[weighted ? rows : 0];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = random.nextInt(5) / 2f;
    }
    return Buffers.floats(weights);
  }

  private Column bags(int ids) {
    long[] offsets = new long[rows + 1];
    List<Integer> all = new ArrayList<>();
    for (int i = 0; i < rows; i++) {
      int count = random.nextInt(5);
      for (int j = 0; j < count; j++) {
        all.add(random.nextInt(ids));
      }
      offsets[i + 1] = all.size();
    }
    return new Column.Bags(
        Buffers.longs(offsets), Buffers.ints(all.stream().mapToInt(Integer::intValue).toArray()));
  }

  private int[] ints(IntSupplier draw) {
    return IntStream.range(0, rows).map(i -> draw.getAsInt()).toArray();
  }
}
