package org.mlora.cuda.engine;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.mlora.network.Activation;
import org.mlora.network.Network;
import org.mlora.network.Op;
import org.mlora.network.Value;

/**
 * Which values are floats whatever the precision: the logit, and its summands on their way to it,
 * which bf16 would cut to 8 bits.
 */
final class FloatValues {
  private final Set<Integer> floats = new HashSet<>();

  FloatValues(Network network) {
    Map<Integer, Boolean> decided = new HashMap<>();
    List<Op> ops = network.ops();
    for (int i = ops.size() - 1; i >= 0; i--) {
      Value value = ops.get(i).out();
      if (decided.containsKey(value.index())) {
        continue;
      }
      boolean is =
          ops.stream().filter(op -> op.out().equals(value)).allMatch(FloatValues::canWrite)
              && (value.equals(network.logit())
                  || isSummand(ops.subList(i + 1, ops.size()), value));
      decided.put(value.index(), is);
      if (is) {
        floats.add(value.index());
      }
    }
  }

  boolean contains(Value value) {
    return floats.contains(value.index());
  }

  /** Whether all that reads a value moves or sums it into floats. */
  private boolean isSummand(List<Op> later, Value value) {
    boolean read = false;
    for (Op op : later) {
      boolean moves =
          (op instanceof Op.Copy copy && copy.in().equals(value))
              || (op instanceof Op.SumGroups sum && sum.in().equals(value));
      if (moves && !contains(op.out())) {
        return false;
      }
      if (!moves && Reads.of(op).contains(value)) {
        return false;
      }
      read |= moves;
    }
    return read;
  }

  private static boolean canWrite(Op op) {
    return op instanceof Op.Copy
        || op instanceof Op.SumGroups
        || (op instanceof Op.Dense dense && isPlain(dense))
        || (op instanceof Op.DomainDense && op.out().width() == 1);
  }

  /** Whether it is a layer of one output without adapter, dropout and activation. */
  private static boolean isPlain(Op.Dense dense) {
    return dense.out().width() == 1
        && dense.adapter().isEmpty()
        && dense.dropout() == 0
        && dense.activation() == Activation.NONE;
  }
}
