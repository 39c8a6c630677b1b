package org.mlora.bench.peer;

import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.mlora.bench.workload.Clicks;
import org.mlora.bench.workload.Workload;
import org.mlora.network.Network;
import org.mlora.network.Parameter;

/**
 * A workload's model in libtorch, with the rows it works on. Used and closed by the thread that
 * made it.
 */
public final class TorchModel implements AutoCloseable {
  private static final int MANY_DOMAINS = 200;

  private final PointerScope memory = new PointerScope();
  private final Torch library;
  private final Workload workload;
  private final Clicks clicks;
  private final Map<String, Tensor> byName;
  private final List<Parameter> trained;
  private final List<IValue> layers = new ArrayList<>();
  private final IValue values;
  private final IValue first;
  private final IValue second;
  private final IValue steps;
  private final List<IValue> mergedLayers = new ArrayList<>();
  private final Tensor ids;
  private final Tensor domains;
  private final Tensor labels;
  private final Tensor order;
  private int position;

  /**
   * Copies weights.
   *
   * @param trains whether training moves a parameter
   * @param read gives a parameter's values
   */
  public TorchModel(
      Torch library,
      Workload workload,
      Clicks clicks,
      Network network,
      Function<Parameter, Boolean> trains,
      Function<Parameter, FloatBuffer> read) {
    this.library = library;
    this.workload = workload;
    this.clicks = clicks;
    this.byName = new LinkedHashMap<>();
    this.trained = network.parameters().stream().filter(trains::apply).toList();
    for (Parameter parameter : network.parameters()) {
      Tensor tensor = tensor(read.apply(parameter), shape(parameter));
      byName.put(parameter.name(), tensor.set_requires_grad(trains.apply(parameter)));
    }
    layers.add(named("emb_user", "emb_item", "emb_dom"));
    layers.add(layered("W", "out_w"));
    layers.add(layered("b", "out_b"));
    layers.add(workload.adapters() ? layered("A") : named());
    layers.add(workload.adapters() ? layered("B") : named());
    layers.add(workload.adapters() ? layered("bd") : named());
    List<Tensor> moving = trained.stream().map(p -> get(p.name())).toList();
    this.values = library.list(moving);
    this.first = library.list(moving.stream().map(TorchModel::zerosLike).toList());
    this.second = library.list(moving.stream().map(TorchModel::zerosLike).toList());
    this.steps = library.list(moving.stream().map(t -> Tensor.create(0f)).toList());
    this.ids = ids();
    this.domains = longs(clicks.domains());
    this.labels = tensor(clicks.labels().duplicate(), clicks.rows());
    this.order = longs(IntBuffer.wrap(clicks.order()));
    merge();
  }

  private static long[] shape(Parameter parameter) {
    return parameter.shape().stream().mapToLong(Integer::longValue).toArray();
  }

  private static Tensor tensor(FloatBuffer values, long... shape) {
    try (FloatPointer pointer = new FloatPointer(values)) {
      return torch.from_blob(pointer, shape).clone();
    }
  }

  private static Tensor zerosLike(Tensor tensor) {
    return torch.zeros_like(tensor).set_requires_grad(false);
  }

  private static Tensor longs(IntBuffer values) {
    long[] copy = new long[values.limit()];
    Arrays.setAll(copy, values::get);
    return Tensor.create(copy);
  }

  private Tensor ids() {
    long[] all = new long[3 * clicks.rows()];
    for (int row = 0; row < clicks.rows(); row++) {
      all[3 * row] = clicks.users().get(row);
      all[3 * row + 1] = clicks.items().get(row);
      all[3 * row + 2] = clicks.domains().get(row);
    }
    return Tensor.create(all, clicks.rows(), 3);
  }

  private Tensor get(String name) {
    Tensor tensor = byName.get(name);
    if (tensor == null) {
      throw new IllegalStateException("the network has no parameter '" + name + "'");
    }
    return tensor;
  }

  private IValue named(String... names) {
    return library.list(Arrays.stream(names).map(this::get).toList());
  }

  /** The parameters of all layers, then others. */
  private IValue layered(String letter, String... others) {
    List<Tensor> tensors = new ArrayList<>();
    for (int i = 0; i < Workload.HIDDEN.size(); i++) {
      tensors.add(get(letter + i));
    }
    for (String other : others) {
      tensors.add(get(other));
    }
    return library.list(tensors);
  }

  private void merge() {
    if (!workload.adapters()) {
      return;
    }
    List<Tensor> weights = new ArrayList<>();
    List<Tensor> biases = new ArrayList<>();
    try (NoGradGuard guard = new NoGradGuard()) {
      for (int i = 0; i < Workload.HIDDEN.size(); i++) {
        weights.add(
            library
                .call("merged", new IValueVector(value("W" + i), value("A" + i), value("B" + i)))
                .toTensor());
        biases.add(torch.add(get("b" + i), get("bd" + i)));
      }
    }
    weights.add(get("out_w"));
    biases.add(get("out_b"));
    mergedLayers.add(layers.get(0));
    mergedLayers.add(library.list(weights));
    mergedLayers.add(library.list(biases));
  }

  private IValue value(String name) {
    return new IValue(get(name));
  }

  /**
   * The ways that fit: without adapters all are one, and with many domains those that work on all
   * of them for every row, or fill all up to the largest, need gigabytes to be slow.
   */
  public List<Way> ways(List<Way> among) {
    if (!workload.adapters()) {
      return List.of(Way.SEGMENTED);
    }
    boolean many = workload.domains() > MANY_DOMAINS;
    return among.stream().filter(way -> !many || way != Way.MASKED && way != Way.PADDED).toList();
  }

  /** Steps over the next rows of the order, from its start again where it ends. */
  public void train(Way way, int batch, int count) {
    for (int step = 0; step < count; step++) {
      advance(batch);
      try (PointerScope scope = new PointerScope()) {
        IValueVector arguments = arguments(new IValue(way.key()), layers);
        arguments.push_back(new IValue(ids));
        arguments.push_back(new IValue(domains));
        arguments.push_back(new IValue(labels));
        arguments.push_back(new IValue(order.narrow(0, position - batch, batch)));
        arguments.push_back(new IValue(workload.dropout()));
        for (IValue list : List.of(values, first, second, steps)) {
          arguments.push_back(list);
        }
        library.call("trained", arguments);
      }
    }
  }

  /** Predicts stretches of rows, one after the other. */
  public void predict(Way way, int batch, int calls) {
    try (NoGradGuard guard = new NoGradGuard()) {
      for (int call = 0; call < calls; call++) {
        advance(batch);
        try (PointerScope scope = new PointerScope()) {
          torch.sigmoid(logits(way, position - batch, batch));
        }
      }
    }
  }

  private void advance(int batch) {
    if (position + batch > clicks.rows()) {
      position = 0;
    }
    position += batch;
  }

  /** Logits of the first rows, in their order. */
  public float[] logits(Way way, int rows) {
    try (PointerScope scope = new PointerScope();
        NoGradGuard guard = new NoGradGuard()) {
      return floats(logits(way, 0, rows));
    }
  }

  /** Rows are sorted by domain and the logits brought back into their order where the way wants. */
  private Tensor logits(Way way, int from, int rows) {
    String function = way == Way.MERGED ? "predicted_merged" : "predicted";
    IValueVector arguments =
        way == Way.MERGED ? arguments(mergedLayers) : arguments(new IValue(way.key()), layers);
    arguments.push_back(new IValue(ids.narrow(0, from, rows)));
    arguments.push_back(new IValue(domains.narrow(0, from, rows)));
    return library.call(function, arguments).toTensor();
  }

  /** Gradients of the first rows' loss without dropout, by parameter. */
  public Map<Parameter, float[]> gradients(Way way, int rows) {
    Map<Parameter, float[]> gradients = new LinkedHashMap<>();
    try (PointerScope scope = new PointerScope()) {
      IValueVector arguments = arguments(new IValue(way.key()), layers);
      arguments.push_back(new IValue(ids));
      arguments.push_back(new IValue(domains));
      arguments.push_back(new IValue(labels));
      arguments.push_back(
          new IValue(
              torch.arange(new org.bytedeco.pytorch.Scalar(rows)).toType(torch.ScalarType.Long)));
      arguments.push_back(new IValue(0.0));
      arguments.push_back(values);
      TensorVector found = library.call("gradients", arguments).toTensorVector();
      for (int i = 0; i < trained.size(); i++) {
        gradients.put(trained.get(i), floats(found.get(i)));
      }
    }
    return gradients;
  }

  private static float[] floats(Tensor tensor) {
    float[] copy = new float[Math.toIntExact(tensor.numel())];
    FloatBuffer content = tensor.contiguous().createBuffer();
    content.get(copy);
    return copy;
  }

  private static IValueVector arguments(IValue first, List<IValue> more) {
    IValueVector all = new IValueVector(first);
    more.forEach(all::push_back);
    return all;
  }

  private static IValueVector arguments(List<IValue> values) {
    return new IValueVector(values.toArray(new IValue[0]));
  }

  @Override
  public void close() {
    memory.close();
  }
}
