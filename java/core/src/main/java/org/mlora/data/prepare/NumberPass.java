package org.mlora.data.prepare;

import java.nio.DoubleBuffer;
import java.nio.IntBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.DoubleStream;
import org.mlora.data.DatasetWriter;
import org.mlora.data.Field;
import org.mlora.data.NumberCell;
import org.mlora.data.Vocabulary;
import org.mlora.data.npy.NpyType;
import org.mlora.data.table.TableReader;
import org.mlora.random.Philox;

/** A numeric field, or one cut into buckets. Missing values are set aside as NaN. */
final class NumberPass implements FieldPass {
  /** Quantiles are exact up to this many training rows, and taken from a sample of them beyond. */
  private static final int SAMPLE = 1 << 20;

  private static final long SAMPLE_KEY = 0x6275636B65747321L;

  private final FieldRequest request;
  private final Spool spool;
  private Field field;

  NumberPass(FieldRequest request, Path folder, String name) {
    this.request = request;
    this.spool = new Spool(folder, name, NpyType.FLOAT64);
    this.field =
        request.kind() instanceof FieldRequest.Kind.Fitted fitted
            ? fitted.field()
            : new Field.Numeric(request.name(), new Field.NumberRule.Raw(), request.width());
  }

  @Override
  public void scan(TableReader row, int column) {
    spool.writer().put(NumberCell.read(row, column, request.name()));
  }

  @Override
  public void study(IntBuffer codes) {
    if (request.kind() instanceof FieldRequest.Kind.Bucketised buckets) {
      List<Double> boundaries = boundaries(codes, buckets.count());
      field =
          new Field.Categorical(
              request.name(),
              boundaries.size() + 2,
              new Field.IdRule.Buckets(boundaries),
              request.width());
    } else if (request.kind() instanceof FieldRequest.Kind.Numeric numeric) {
      Field.NumberRule rule =
          switch (numeric.transform()) {
            case RAW -> new Field.NumberRule.Raw();
            case LOG1P -> new Field.NumberRule.Log1p();
            case STANDARDISE -> standardised(codes);
          };
      field = new Field.Numeric(request.name(), rule, request.width());
    }
  }

  private Field.NumberRule.Standardised standardised(IntBuffer codes) {
    DoubleBuffer numbers = spool.doubles();
    long count = 0;
    double mean = 0;
    double squares = 0;
    for (int row = 0; row < codes.limit(); row++) {
      double x = numbers.get(row);
      if (RowCode.trains(codes.get(row)) && !Double.isNaN(x)) {
        // Welford's update.
        count++;
        double delta = x - mean;
        mean += delta / count;
        squares += delta * (x - mean);
      }
    }
    double deviation = count == 0 ? 0 : Math.sqrt(squares / count);
    return new Field.NumberRule.Standardised(mean, deviation > 0 ? deviation : 1);
  }

  private List<Double> boundaries(IntBuffer codes, int buckets) {
    DoubleBuffer numbers = spool.doubles();
    double[] sample = new double[Math.min(SAMPLE, codes.limit())];
    int[] words = new int[4];
    long seen = 0;
    for (int row = 0; row < codes.limit(); row++) {
      double x = numbers.get(row);
      if (!RowCode.trains(codes.get(row)) || Double.isNaN(x)) {
        continue;
      }
      long place = seen++;
      if (place >= sample.length) {
        // Reservoir sampling (Vitter's algorithm R).
        Philox.words(row, 0, 0, 0, SAMPLE_KEY, words);
        place = Math.multiplyHigh((words[0] & 0xFFFFFFFFL) << 31, 2 * seen);
      }
      if (place < sample.length) {
        sample[(int) place] = x;
      }
    }
    int size = (int) Math.min(seen, sample.length);
    Arrays.sort(sample, 0, size);
    return DoubleStream.iterate(1, b -> b < buckets, b -> b + 1)
        .filter(b -> size > 0)
        // Added zero makes zero of minus zero, so that it is no boundary beside zero.
        .map(b -> sample[(int) (b / buckets * size)] + 0.0)
        .filter(boundary -> boundary > sample[0])
        .distinct()
        .boxed()
        .toList();
  }

  @Override
  public Field field() {
    return field;
  }

  @Override
  public Optional<Vocabulary> vocabulary() {
    return Optional.empty();
  }

  @Override
  public void write(IntBuffer codes, DatasetWriter out, int index) {
    DoubleBuffer numbers = spool.doubles();
    DatasetWriter.SplitWriter[] parts = out.splits();
    for (int row = 0; row < codes.limit(); row++) {
      int code = codes.get(row);
      if (code < 0) {
        continue;
      }
      DatasetWriter.SplitWriter part = parts[RowCode.part(code)];
      double x = numbers.get(row);
      if (field instanceof Field.Numeric numeric) {
        part.number(index, NumberCell.transform(numeric.transform(), x));
      } else if (field instanceof Field.Categorical bucketed
          && bucketed.ids() instanceof Field.IdRule.Buckets buckets) {
        part.id(index, NumberCell.bucket(buckets, x));
      }
    }
    spool.delete();
  }

  @Override
  public void close() {
    spool.close();
  }
}
