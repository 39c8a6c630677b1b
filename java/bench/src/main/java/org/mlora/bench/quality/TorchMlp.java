package org.mlora.bench.quality;

import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Adam;
import org.bytedeco.pytorch.AdamOptions;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.mlora.data.Column;
import org.mlora.data.Columns;
import org.mlora.data.Field;
import org.mlora.data.Schema;
import org.mlora.error.InvalidInputException;
import org.mlora.model.ModelSpec;

/**
 * The MLP with or without adapters in PyTorch, as one would write it there: gradients by autograd,
 * Adam by torch.optim, initial values, dropout masks and shuffles by PyTorch's own generator. It
 * shares nothing with our engine but the numbers in the model's specification. Used and closed by
 * the thread that made it.
 */
final class TorchMlp implements AutoCloseable {
  private final PointerScope memory = new PointerScope();
  private final ModelSpec spec;
  private final List<Tensor> trained = new ArrayList<>();
  private final List<Tensor> tables = new ArrayList<>();
  private final List<Layer> layers = new ArrayList<>();
  private final Tensor headWeight;
  private final Tensor headBias;
  private final Adam optimizer;

  /**
   * Weights (in, out) and (out); of each domain (domains, in, rank), (domains, rank, out) and c.
   */
  private record Layer(Tensor w, Tensor b, List<Tensor> adapter) {}

  /** Rows as tensors: an id column for each field and the domain, and the labels. */
  record Rows(List<Tensor> ids, Tensor labels, int count) {
    /** Copies; every domain must be known. */
    static Rows of(Columns columns) {
      List<Tensor> ids = new ArrayList<>();
      for (Column column : columns.fields()) {
        ids.add(longs(((Column.Ids) column).ids()));
      }
      ids.add(longs(columns.domains()));
      float[] labels = new float[columns.rows()];
      columns.labels().duplicate().get(labels);
      return new Rows(ids, Tensor.create(labels), columns.rows());
    }

    private static Tensor longs(IntBuffer values) {
      long[] copy = new long[values.limit()];
      Arrays.setAll(copy, values::get);
      return Tensor.create(copy);
    }

    private Rows at(Tensor places) {
      return new Rows(
          ids.stream().map(column -> column.index_select(0, places)).toList(),
          labels.index_select(0, places),
          Math.toIntExact(places.numel()));
    }
  }

  /**
   * A new model of {@link Recipe}.
   *
   * @throws InvalidInputException where the schema has a field that is not categorical
   */
  TorchMlp(Schema schema, String adapter, long seed) {
    torch.manual_seed(seed);
    this.spec = Recipe.spec(adapter);
    int domains = schema.domains().size();
    for (Field field : schema.fields()) {
      if (!(field instanceof Field.Categorical categorical)) {
        throw new InvalidInputException(
            "field '" + field.name() + "' is not categorical; the peer knows no other kind");
      }
      tables.add(normal(0.01, categorical.idCount(), spec.embeddingDim()));
    }
    tables.add(normal(0.01, domains, spec.embeddingDim()));
    int in = tables.size() * spec.embeddingDim();
    for (int out : spec.hidden()) {
      int rank = Math.max(out / Recipe.ALPHA, 1);
      Tensor w = normal(Math.sqrt(2.0 / (in + out)), in, out);
      Tensor b = parameter(torch.zeros(out));
      List<Tensor> own =
          Recipe.hasAdapters(adapter)
              ? List.of(
                  // PyTorch's fans of a tensor with three axes: the last two, times the first.
                  normal(Math.sqrt(2.0 / ((double) domains * (in + rank))), domains, in, rank),
                  normal(0.01, domains, rank, out),
                  parameter(torch.zeros(domains, out)))
              : List.of();
      layers.add(new Layer(w, b, own));
      in = out;
    }
    // As torch.nn.Linear starts.
    double bound = 1 / Math.sqrt(in);
    this.headWeight = parameter(torch.empty(in, 1).uniform_(-bound, bound, null));
    this.headBias = parameter(torch.empty(1).uniform_(-bound, bound, null));
    this.optimizer =
        new Adam(new TensorVector(trained.toArray(new Tensor[0])), new AdamOptions(Recipe.RATE));
  }

  private Tensor normal(double deviation, long... shape) {
    return parameter(torch.randn(shape).mul_(new Scalar(deviation)));
  }

  private Tensor parameter(Tensor values) {
    Tensor parameter = values.set_requires_grad(true);
    trained.add(parameter);
    return parameter;
  }

  /** One epoch over the rows in random order. */
  void epoch(Rows rows, int batch) {
    try (PointerScope epoch = new PointerScope()) {
      Tensor order = torch.randperm(rows.count());
      for (int from = 0; from < rows.count(); from += batch) {
        try (PointerScope step = new PointerScope()) {
          Rows some = rows.at(order.narrow(0, from, Math.min(batch, rows.count() - from)));
          Tensor loss = torch.binary_cross_entropy_with_logits(logits(some, true), some.labels());
          optimizer.zero_grad();
          loss.backward();
          optimizer.step();
        }
      }
    }
  }

  /** Probabilities of all rows. */
  float[] predict(Rows rows) {
    float[] copy = new float[rows.count()];
    try (PointerScope scope = new PointerScope();
        NoGradGuard guard = new NoGradGuard()) {
      FloatBuffer values = torch.sigmoid(logits(rows, false)).contiguous().createBuffer();
      values.get(copy);
    }
    return copy;
  }

  private Tensor logits(Rows rows, boolean training) {
    TensorVector embedded = new TensorVector();
    for (int i = 0; i < tables.size(); i++) {
      embedded.push_back(torch.embedding(tables.get(i), rows.ids().get(i)));
    }
    Tensor x = torch.cat(embedded, 1);
    Tensor domains = rows.ids().get(tables.size() - 1);
    for (Layer layer : layers) {
      Tensor shared = torch.dropout(torch.addmm(layer.b(), x, layer.w()), spec.dropout(), training);
      x = torch.relu(layer.adapter().isEmpty() ? shared : shared.add(adapted(x, layer, domains)));
    }
    return torch.addmm(headBias, x, headWeight).squeeze(1);
  }

  private static Tensor adapted(Tensor x, Layer layer, Tensor domains) {
    List<Tensor> own = layer.adapter().stream().map(all -> all.index_select(0, domains)).toList();
    return torch.bmm(torch.bmm(x.unsqueeze(1), own.get(0)), own.get(1)).squeeze(1).add(own.get(2));
  }

  @Override
  public void close() {
    memory.close();
  }
}
