package org.mlora.network;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.mlora.error.InvalidInputException;

/**
 * A model laid out as columns read, parameters, values and ops in order: what a {@link
 * org.mlora.backend.Backend} compiles. Immutable.
 *
 * @param domains number of domains D; a row's domain is in [0, D), or -1 for unknown
 * @param logit the value of width 1 whose sigmoid is the prediction
 * @param experts the parameters of each expert among adapters; empty where adapters are not mixed
 */
public record Network(
    int domains,
    List<Input> inputs,
    List<Parameter> parameters,
    List<Value> values,
    List<Op> ops,
    Value logit,
    List<List<Parameter>> experts) {
  /** In place of an input's index: the domain of the row. */
  public static final int DOMAIN = -1;

  /** Copies the lists. */
  public Network {
    inputs = List.copyOf(inputs);
    parameters = List.copyOf(parameters);
    values = List.copyOf(values);
    ops = List.copyOf(ops);
    experts = experts.stream().map(List::copyOf).toList();
  }

  /** Numbers of all parameters. */
  public long size() {
    return parameters.stream().mapToLong(Parameter::size).sum();
  }

  /** The factors A of all adapters. */
  public List<Parameter> factorsA() {
    List<Parameter> factors = new ArrayList<>();
    for (Op op : ops) {
      if (op instanceof Op.Dense dense) {
        dense.adapter().map(Adapter::a).ifPresent(factors::add);
      } else if (op instanceof Op.Attention attention) {
        attention.adapters().map(Op.Attention.Adapters::a).ifPresent(factors::add);
      }
    }
    return factors;
  }

  /** The parameter of that name. */
  public Optional<Parameter> parameter(String name) {
    return parameters.stream().filter(p -> p.name().equals(name)).findFirst();
  }

  /** Collects the parts of a network in order. */
  public static final class Builder {
    private final int domains;
    private final List<Input> inputs = new ArrayList<>();
    private final List<Parameter> parameters = new ArrayList<>();
    private final List<Value> values = new ArrayList<>();
    private final List<Op> ops = new ArrayList<>();
    private final List<List<Parameter>> experts = new ArrayList<>();

    /**
     * Begins a network.
     *
     * @param domains number of domains D
     */
    public Builder(int domains) {
      this.domains = domains;
    }

    /** Number of domains D. */
    public int domains() {
      return domains;
    }

    /** Adds a column to read; {@code idCount} is 0 for numbers. */
    public Input input(String field, Input.Kind kind, int idCount) {
      Input input = new Input(inputs.size(), field, kind, idCount);
      inputs.add(input);
      return input;
    }

    /**
     * Adds a parameter that is trained, with its penalty from the first step.
     *
     * @throws InvalidInputException when another one has its name, perhaps by the name of a field
     */
    public Parameter parameter(
        String name,
        List<Integer> shape,
        RowKind rowKind,
        Role role,
        Initializer initializer,
        double l2) {
      return parameter(name, shape, rowKind, role, initializer, l2, true);
    }

    /**
     * Adds a parameter with its penalty from the first step.
     *
     * @throws InvalidInputException when another one has its name, perhaps by the name of a field
     */
    public Parameter parameter(
        String name,
        List<Integer> shape,
        RowKind rowKind,
        Role role,
        Initializer initializer,
        double l2,
        boolean trained) {
      return parameter(name, shape, rowKind, role, initializer, l2, 0, trained);
    }

    /**
     * Adds a parameter.
     *
     * @throws InvalidInputException when another one has its name, perhaps by the name of a field
     */
    public Parameter parameter(
        String name,
        List<Integer> shape,
        RowKind rowKind,
        Role role,
        Initializer initializer,
        double l2,
        long l2From,
        boolean trained) {
      if (parameters.stream().anyMatch(p -> p.name().equals(name))) {
        throw taken(name);
      }
      Parameter parameter =
          new Parameter(
              parameters.size(), name, shape, rowKind, role, initializer, l2, l2From, trained);
      parameters.add(parameter);
      return parameter;
    }

    private InvalidInputException taken(String name) {
      return inputs.stream()
          .map(Input::field)
          .filter(name::endsWith)
          .max(Comparator.comparingInt(String::length))
          .map(
              field ->
                  new InvalidInputException(
                      "what belongs to field '"
                          + field
                          + "' would be called '"
                          + name
                          + "', as another part of the model is; rename the field"))
          .orElseGet(
              () ->
                  new InvalidInputException(
                      "two parts of the model are called '"
                          + name
                          + "'; its class has to give each a name of its own"));
    }

    /** Adds a value of this width, which an op is to write. */
    public Value value(int width) {
      Value value = new Value(values.size(), width);
      values.add(value);
      return value;
    }

    /** Says that parameters belong to an expert among adapters. */
    public void expert(int number, List<Parameter> own) {
      while (experts.size() <= number) {
        experts.add(new ArrayList<>());
      }
      experts.get(number).addAll(own);
    }

    /** Appends an op and gives the value it writes. */
    public Value add(Op op) {
      ops.add(op);
      return op.out();
    }

    /**
     * Gives the network.
     *
     * @param logit of width 1
     * @throws InvalidInputException when it is of another width
     */
    public Network build(Value logit) {
      if (logit.width() != 1) {
        throw new InvalidInputException(
            "the logit of the model has width "
                + logit.width()
                + ", not 1; its class ends in Head");
      }
      return new Network(domains, inputs, parameters, values, ops, logit, experts);
    }
  }
}
