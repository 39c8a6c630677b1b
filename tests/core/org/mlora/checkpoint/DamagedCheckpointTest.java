package org.mlora.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.mlora.backend.Backend;
import org.mlora.backend.Engine;
import org.mlora.backend.reference.ReferenceBackend;
import org.mlora.data.store.Manifest;
import org.mlora.error.InvalidInputException;
import org.mlora.model.ModelSpec;
import org.mlora.network.Network;
import org.mlora.serve.MloraModel;

/** A damaged or foreign model is refused by an error that names the file and what to do. */
class DamagedCheckpointTest {
  private static final ModelSpec SPEC = SmallModel.SPEC;

  @TempDir Path folder;
  private Path model;

  @BeforeEach
  void saveAModel() {
    model = save("model", SPEC, 9);
  }

  @Test
  void opensWhatIsWhole() {
    MloraModel.open(model, new ReferenceBackend()).close();
  }

  /** As a training does that is better again. */
  @Test
  void doesNotMixAModelWithTheOneThatReplacesIt() {
    Checkpoint opened = Checkpoint.open(model);
    save("model", SPEC.withEmbeddingDim(3), 9);
    assertThatThrownBy(() -> MloraModel.of(opened, new ReferenceBackend()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("was replaced while it was read");
    MloraModel.open(model, new ReferenceBackend()).close();
  }

  @Test
  void opensTheModelThatHasTakenItsPlaceMeanwhile() {
    assertThatThrownBy(() -> MloraModel.open(model, replacing(1000)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("was replaced while it was read");
    try (MloraModel opened = MloraModel.open(model, replacing(1))) {
      assertThat(opened.spec().embeddingDim()).isEqualTo(4);
    }
  }

  @Test
  void noticesAModelThatCameAndWentMeanwhile() {
    List<Checkpoint> opened = new ArrayList<>();
    Checkpoint.use(
        model,
        checkpoint -> {
          opened.add(checkpoint);
          if (opened.size() == 1) {
            save("model", SPEC.withEmbeddingDim(3), 9);
            save("model", SPEC, 9);
            throw new InvalidInputException("a file is of another model");
          }
          return true;
        });
    assertThat(opened).hasSize(2);
    assertThat(opened.get(0).checksum()).isEqualTo(opened.get(1).checksum());
  }

  /** A backend during whose first so many compilations another model takes the folder. */
  private Backend replacing(int times) {
    AtomicInteger compiled = new AtomicInteger();
    return new Backend() {
      @Override
      public String description() {
        return "replacing";
      }

      @Override
      public Engine compile(Network network) {
        int number = compiled.incrementAndGet();
        if (number <= times) {
          save("model", SPEC.withEmbeddingDim(3 + number), 9);
        }
        return new ReferenceBackend().compile(network);
      }

      @Override
      public void close() {}
    };
  }

  @ParameterizedTest
  @MethodSource("files")
  void noticesEveryFlippedByte(String name) throws IOException {
    byte[] whole = Files.readAllBytes(model.resolve(name));
    for (int at = 0; at < whole.length; at += 1 + whole.length / 60) {
      byte[] flipped = whole.clone();
      flipped[at] ^= 4;
      Files.write(model.resolve(name), flipped);
      refused(name, "damaged, use another checkpoint");
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void noticesATruncatedAndAMissingFile(String name) throws IOException {
    byte[] whole = Files.readAllBytes(model.resolve(name));
    Files.write(model.resolve(name), Arrays.copyOf(whole, whole.length - 1));
    refused(name, "damaged, use another checkpoint");
    if (!name.equals(ModelFile.NAME)) {
      Files.delete(model.resolve(name));
      refused(name, "is missing", "use another checkpoint");
    }
  }

  static List<String> files() {
    return List.of("weights.safetensors", ModelFile.NAME);
  }

  @Test
  void noticesAManifestThatIsMissingOrOfAnotherVersion() throws IOException {
    spoil("manifest.json", text -> text.replaceFirst("\"version\" : 1", "\"version\" : 7"));
    refused("manifest.json", "version is 7", "reads 1", "use the one that wrote it");
    Files.delete(model.resolve("manifest.json"));
    refused("manifest.json", "no such file");
  }

  /** Damage that whoever did it has signed with matching checksums. */
  static Stream<Arguments> signedDamage() {
    return Stream.of(
        Arguments.of(ModelFile.NAME, edit("\"version\" : 1", "\"version\" : 7"), "has version 7"),
        Arguments.of(ModelFile.NAME, edit("\"mlp\"", "\"magic\""), "known models: "),
        Arguments.of(ModelFile.NAME, edit("\"training\"", "\"trained\""), "\"training\""),
        Arguments.of(ModelFile.NAME, edit("^\\{", "["), "not JSON"),
        Arguments.of(ModelFile.NAME, edit("\"dataset\"", "\"version\""), "Duplicate field"),
        Arguments.of(ModelFile.NAME, edit("(?s).*", ""), "is no model file"),
        Arguments.of(ModelFile.NAME, edit("(?s).*", "[]"), "is no model file"),
        Arguments.of(
            ModelFile.NAME,
            edit("\"embedding_dim\" : 2", "\"embedding_dim\" : 2147483647"),
            "model.json: spec: embedding_dim is 2147483647; it must be in [1, 65536]"),
        Arguments.of(
            "weights.safetensors", edit("\"W0\"", "\"V0\""), "no tensor 'W0'; it is of another"));
  }

  private static UnaryOperator<String> edit(String from, String to) {
    return text -> {
      String edited = text.replaceFirst(from, to);
      assertThat(edited).isNotEqualTo(text);
      return edited;
    };
  }

  @ParameterizedTest
  @MethodSource("signedDamage")
  void namesTheFileAndWhatIsWrongInIt(String name, UnaryOperator<String> edit, String says)
      throws IOException {
    spoil(name, edit);
    sign(model);
    refused(name, says);
  }

  @Test
  void refusesAHeaderOfTwoToTheSixtyBytes() throws IOException {
    Path file = model.resolve("weights.safetensors");
    byte[] bytes = Files.readAllBytes(file);
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(0, 1L << 60);
    Files.write(file, bytes);
    sign(model);
    refused("weights.safetensors", "1152921504606846976", "use another copy or checkpoint");
  }

  @Test
  void refusesTheWeightsOfAnotherModelAndOfAnotherSchema() throws IOException {
    Path wider = save("wider", SPEC.withHidden(List.of(6)), 9);
    Path taller = save("taller", SPEC, 11);
    for (Path other : List.of(wider, taller)) {
      Files.copy(
          other.resolve("weights.safetensors"),
          model.resolve("weights.safetensors"),
          java.nio.file.StandardCopyOption.REPLACE_EXISTING);
      sign(model);
      refused("weights.safetensors", "has shape", "the model needs", "use another checkpoint");
    }
  }

  private void refused(String file, String... says) {
    assertThatThrownBy(() -> MloraModel.open(model, new ReferenceBackend()).close())
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(model.resolve(file).toString())
        .hasMessageContainingAll(says);
  }

  private void spoil(String name, UnaryOperator<String> edit) throws IOException {
    Path file = model.resolve(name);
    String text = Files.readString(file, StandardCharsets.ISO_8859_1);
    Files.writeString(file, edit.apply(text), StandardCharsets.ISO_8859_1);
  }

  private static void sign(Path folder) {
    Manifest.of(folder, "mlora-model", 1).write(folder);
  }

  private Path save(String name, ModelSpec spec, int ids) {
    return SmallModel.save(folder.resolve(name), spec, ids);
  }
}
