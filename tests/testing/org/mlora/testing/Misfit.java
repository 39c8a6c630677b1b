package org.mlora.testing;

import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import org.mlora.network.Activation;
import org.mlora.network.Initializer;
import org.mlora.network.Input;
import org.mlora.network.Network;
import org.mlora.network.Op;
import org.mlora.network.Parameter;
import org.mlora.network.Role;
import org.mlora.network.RowKind;
import org.mlora.network.Value;

/** Networks whose parts do not fit together, as a model of another project may lay one out. */
public enum Misfit {
  COPIES_COLUMNS_THAT_ARE_NOT_THERE(
      2,
      (net, x) -> net.add(new Op.Copy(x, 3, 2, net.value(2), 0)),
      "op 1 of the model, Copy: copy: columns [3, 3 + 2) of value 0 of width 4"),
  COPIES_TO_COLUMNS_THAT_ARE_NOT_THERE(
      2,
      (net, x) -> net.add(new Op.Copy(x, 0, 2, net.value(2), 1)),
      "op 1 of the model, Copy: copy: columns [1, 1 + 2) of value 1 of width 2"),
  READS_WHAT_NOTHING_WROTE(
      2, (net, x) -> net.value(2), "op 1 of the model, Dense: value 1 is read before its column 0"),
  SUMS_GROUPS_OF_NO_SIZE(
      3,
      (net, x) -> net.add(new Op.SumGroups(x, net.value(3))),
      "op 1 of the model, SumGroups: sum: 4 columns do not make 3 groups"),
  SUMS_WHAT_NOTHING_READS(
      4,
      (net, x) -> {
        net.add(new Op.SumGroups(x, net.value(2)));
        return x;
      },
      "value 1, which op 1 writes, does not lead to the logit"),
  HAS_A_VALUE_THAT_NOTHING_WRITES(
      4,
      (net, x) -> {
        net.value(2);
        return x;
      },
      "value 1 does not lead to the logit, and no op writes it"),
  DETACHES_ALL_THAT_IS_LOOKED_UP(
      4,
      (net, x) -> net.add(new Op.Detach(x, net.value(4))),
      "value 0, which op 0 writes, leads to the logit through detached values only"),
  HAS_WEIGHTS_OF_ANOTHER_SIZE(
      9,
      (net, x) -> x,
      "op 1 of the model, Dense: weight: parameter 1 has 1 x 9 values, not 1 x 4");

  /** What is said of it, at its beginning. */
  public final String message;

  private final int rowsOfWeight;
  private final BiFunction<Network.Builder, Value, Value> between;

  Misfit(int rowsOfWeight, BiFunction<Network.Builder, Value, Value> between, String message) {
    this.rowsOfWeight = rowsOfWeight;
    this.between = between;
    this.message = message;
  }

  /** An embedding of width 4, something, and a layer that makes the logit. */
  public Network network() {
    Network.Builder net = new Network.Builder(2);
    Input ids = net.input("item", Input.Kind.ID, 5);
    Parameter table = parameter(net, "table", List.of(5, 4), RowKind.BY_ID, Role.EMBEDDING);
    Value x = net.value(4);
    net.add(new Op.Lookup(ids.index(), table, x, 0));
    Value read = between.apply(net, x);
    Parameter weight =
        parameter(net, "weight", List.of(rowsOfWeight, 1), RowKind.WHOLE, Role.BACKBONE);
    Parameter bias = parameter(net, "bias", List.of(1), RowKind.WHOLE, Role.BACKBONE);
    return net.build(
        net.add(
            new Op.Dense(
                read, weight, bias, Optional.empty(), Activation.NONE, 0, 0, net.value(1))));
  }

  private static Parameter parameter(
      Network.Builder net, String name, List<Integer> shape, RowKind rows, Role role) {
    return net.parameter(name, shape, rows, role, new Initializer.Zeros(), 0);
  }
}
