package org.mlora.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.backend.Engine;
import org.mlora.backend.reference.ReferenceBackend;
import org.mlora.data.Field;
import org.mlora.data.Schema;
import org.mlora.data.Vocabularies;
import org.mlora.error.InvalidInputException;
import org.mlora.model.Initialization;
import org.mlora.model.ModelSpec;
import org.mlora.model.Models;
import org.mlora.testing.Buffers;

class ModelFileTest {
  private static final Schema SCHEMA =
      new Schema(
          "label",
          "label==1",
          "domain",
          List.of("toys", "books"),
          List.of(new Field.Categorical("uid", 9, new Field.IdRule.Hashed(), OptionalInt.empty())));

  @TempDir Path folder;

  @Test
  @Tag("slow")
  void aModelIsNotReplacedByOneTooLargeToBeRead() {
    ModelSpec spec = ModelSpec.defaults().withHidden(List.of(4)).withEmbeddingDim(2);
    Vocabularies none = new Vocabularies(Map.of());
    ObjectNode small = JsonNodeFactory.instance.objectNode().put("kept", true);
    ObjectNode large = JsonNodeFactory.instance.objectNode();
    TextNode text = TextNode.valueOf("x".repeat(1 << 24));
    for (int i = 0; i < 64; i++) {
      large.set("text" + i, text);
    }
    Path model = folder.resolve("model");
    try (Engine engine = new ReferenceBackend().compile(Models.build(spec, SCHEMA))) {
      Initialization.fill(engine, 1, field -> Buffers.floats(0L));
      Checkpoint.saveModel(model, true, engine, new ModelFile(spec, SCHEMA, "", small), none);
      assertThatThrownBy(
              () ->
                  Checkpoint.saveModel(
                      model, true, engine, new ModelFile(spec, SCHEMA, "", large), none))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("larger than 1 GiB, with 2 domains");
    }
    assertThat(Checkpoint.open(model).model().training()).isEqualTo(small);
    assertThat(folder.toFile().list()).containsExactly("model");
  }
}
