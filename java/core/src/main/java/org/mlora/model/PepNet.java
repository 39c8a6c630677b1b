package org.mlora.model;

import java.util.ArrayList;
import java.util.List;
import org.mlora.data.Field;
import org.mlora.data.Names;
import org.mlora.error.InvalidInputException;
import org.mlora.network.Value;

/**
 * PEPNet (KDD 2023; spec §13) for one task: gates that the domain drives weigh the embeddings
 * (EPNet), gates that ids drive weigh the outputs of the tower's layers (PPNet). A gate also reads
 * the embeddings themselves, without giving them gradients. The tower is the dense tower of all
 * models, shared by the domains, with adapters where they are asked for.
 *
 * @param embeddings whether EPNet is there
 * @param layers whether PPNet is there
 */
record PepNet(String name, String title, boolean embeddings, boolean layers) implements Model {
  private static final ModelOption<List<String>> PRIOR =
      ModelOption.names(
          "prior_fields",
          "fields that drive the gates of layers, separated by commas; none: those of one id a row");

  @Override
  public Value logit(Layout layout) {
    Gating.Parts parts = Gating.embeddings(layout);
    Value x = embeddings ? weighted(layout, parts) : parts.all();
    if (!layers) {
      return Head.over(layout, DenseTower.over(layout, x));
    }
    List<Value> priors = new ArrayList<>(priors(layout, parts.all()));
    priors.add(Gating.read(layout, x));
    Value prior = Join.concat(layout, priors.toArray(Value[]::new));
    return Head.over(
        layout,
        DenseTower.over(
            layout, x, (i, hidden) -> Gating.unit(layout, "layer_gate" + i + "_", prior, hidden)));
  }

  /** EPNet: the fields' embeddings weighted by the domain's and their own. */
  private static Value weighted(Layout layout, Gating.Parts parts) {
    Value domain = parts.domain();
    Value fields = parts.fields();
    Value prior = Join.concat(layout, domain, Gating.read(layout, fields));
    return Join.concat(layout, Gating.unit(layout, "emb_gate_", prior, fields), domain);
  }

  private static List<Value> priors(Layout layout, Value all) {
    List<Field> fields = layout.schema().fields();
    List<String> names = PRIOR.of(layout.spec());
    for (String name : names) {
      if (fields.stream().noneMatch(field -> field.name().equals(name))) {
        throw new InvalidInputException(
            "option prior_fields names '"
                + name
                + "', which is not a field; fields are "
                + Names.listed(fields.stream().map(Field::name).toList()));
      }
    }
    List<Value> priors = new ArrayList<>();
    int column = 0;
    for (int i = 0; i < fields.size(); i++) {
      int width = Embeddings.width(layout, i);
      Field field = fields.get(i);
      boolean ofOneId = field instanceof Field.Categorical || field instanceof Field.Pretrained;
      if (names.isEmpty() ? ofOneId : names.contains(field.name())) {
        priors.add(Join.slice(layout, all, column, width));
      }
      column += width;
    }
    return priors;
  }

  @Override
  public List<ModelOption<?>> options() {
    return layers
        ? List.of(Gating.WIDTH, Gating.DETACHES, PRIOR)
        : List.of(Gating.WIDTH, Gating.DETACHES);
  }
}
