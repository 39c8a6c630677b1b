package org.mlora.checkpoint;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.mlora.backend.reference.ReferenceBackend;
import org.mlora.data.Field;
import org.mlora.data.Schema;
import org.mlora.data.Vocabularies;
import org.mlora.model.Initialization;
import org.mlora.model.ModelSpec;
import org.mlora.model.Models;
import org.mlora.testing.Buffers;

/** A model of one field and two domains. */
final class SmallModel {
  static final ModelSpec SPEC = ModelSpec.defaults().withHidden(List.of(4)).withEmbeddingDim(2);

  private SmallModel() {}

  static Path save(Path target, ModelSpec spec, int ids) {
    Schema schema =
        new Schema(
            "label",
            "label==1",
            "domain",
            List.of("toys", "books"),
            List.of(
                new Field.Categorical("uid", ids, new Field.IdRule.Hashed(), OptionalInt.empty())));
    try (var engine = new ReferenceBackend().compile(Models.build(spec, schema))) {
      Initialization.fill(engine, 1, field -> Buffers.floats(0L));
      ModelFile file =
          new ModelFile(spec, schema, "checksum", JsonNodeFactory.instance.objectNode());
      Checkpoint.saveModel(target, true, engine, file, new Vocabularies(Map.of()));
      return target;
    }
  }
}
