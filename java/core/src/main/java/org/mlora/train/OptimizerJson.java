package org.mlora.train;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.mlora.data.EnumLabel;
import org.mlora.data.JsonObject;

/** {@link Optimizer} as JSON. */
final class OptimizerJson {
  private OptimizerJson() {}

  static ObjectNode write(Optimizer optimizer) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    if (optimizer instanceof Optimizer.Sgd) {
      json.put("kind", "sgd");
    } else if (optimizer instanceof Optimizer.Adagrad o) {
      json.put("kind", "adagrad").put("epsilon", o.epsilon()).put("initial", o.initial());
    } else if (optimizer instanceof Optimizer.RowWiseAdagrad o) {
      json.put("kind", "rowwise-adagrad").put("epsilon", o.epsilon()).put("initial", o.initial());
    } else if (optimizer instanceof Optimizer.Adam o) {
      json.put("kind", "adam")
          .put("beta1", o.beta1())
          .put("beta2", o.beta2())
          .put("epsilon", o.epsilon())
          .put("epsilon_rule", EnumLabel.of(o.epsilonRule()))
          .put("untouched_rows", EnumLabel.of(o.rows()));
    }
    return json.put("learning_rate", optimizer.learningRate());
  }

  static Optimizer read(JsonObject json) {
    double rate = json.number("learning_rate");
    String kind = json.text("kind");
    return switch (kind) {
      case "sgd" -> new Optimizer.Sgd(rate);
      case "adagrad" -> new Optimizer.Adagrad(rate, json.number("epsilon"), json.number("initial"));
      case "rowwise-adagrad" ->
          new Optimizer.RowWiseAdagrad(rate, json.number("epsilon"), json.number("initial"));
      case "adam" ->
          new Optimizer.Adam(
              rate,
              json.number("beta1"),
              json.number("beta2"),
              json.number("epsilon"),
              json.choice("epsilon_rule", Optimizer.EpsilonRule.class),
              json.choice("untouched_rows", Optimizer.UntouchedRows.class));
      default ->
          throw json.bad(
              "kind", "'" + kind + "' is not one of adam, adagrad, rowwise-adagrad, sgd");
    };
  }
}
