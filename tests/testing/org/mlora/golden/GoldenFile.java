package org.mlora.golden;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.mlora.data.Column;
import org.mlora.data.Columns;
import org.mlora.data.Field;
import org.mlora.data.Schema;
import org.mlora.model.AdapterSpec;
import org.mlora.model.ModelSpec;
import org.mlora.model.Models;
import org.mlora.network.Network;
import org.mlora.testing.Buffers;
import org.mlora.testing.SharedFiles;

/** One file of reference numbers, computed in double precision by another implementation. */
record GoldenFile(String name, JsonNode json) {
  /** The files of {@code -Dmlora.golden}, by default those beside or inside the repository. */
  static List<GoldenFile> all() {
    Path root = SharedFiles.repositoryRoot();
    Optional<Path> folder =
        Stream.of(
                System.getProperty("mlora.golden", ""),
                root.resolveSibling("shared").resolve("golden").toString(),
                root.resolve("tests/golden").toString())
            .filter(path -> !path.isEmpty())
            .map(Path::of)
            .filter(Files::isDirectory)
            .findFirst();
    return folder.map(GoldenFile::in).orElse(List.of());
  }

  private static List<GoldenFile> in(Path folder) {
    try (Stream<Path> paths = Files.list(folder)) {
      List<GoldenFile> files = new ArrayList<>();
      for (Path path : paths.filter(p -> p.toString().endsWith(".json")).sorted().toList()) {
        String name = path.getFileName().toString().replace("golden_", "").replace(".json", "");
        files.add(new GoldenFile(name, new ObjectMapper().readTree(path.toFile())));
      }
      return files;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String model() {
    return json.get("base").asText();
  }

  Network network(double dropout) {
    AdapterSpec adapter =
        json.get("mlora").asBoolean()
            ? new AdapterSpec.Mlora(json.get("alpha").asInt(), List.of(), 0)
            : new AdapterSpec.None();
    List<Integer> hidden = new ArrayList<>();
    json.get("hidden").forEach(width -> hidden.add(width.asInt()));
    ModelSpec spec =
        ModelSpec.defaults()
            .withModel(model())
            .withAdapter(adapter)
            .withHidden(hidden)
            .withEmbeddingDim(json.get("k").asInt())
            .withDropout(dropout)
            .withEmbeddingL2(0)
            .withOptions(options());
    return Models.build(spec, schema());
  }

  /** The sizes of the file's interaction layers, as options of its model. */
  private Map<String, String> options() {
    return switch (model()) {
      case "autoint" ->
          Map.of(
              "attention_layers", json.get("att_layers").asText(),
              "attention_heads", json.get("att_heads").asText(),
              "attention_width", json.get("att_k").asText());
      case "dcn" -> Map.of("cross_layers", json.get("cross").asText());
      case "xdeepfm" ->
          Map.of("cin_layers", json.get("cin").toString().replaceAll("[\\[\\] ]", ""));
      default -> Map.of();
    };
  }

  /** Ids of these files index the tables directly: there is no row for unknown ids. */
  private Schema schema() {
    List<String> domains =
        IntStream.range(0, json.get("n_domain").asInt()).mapToObj(d -> "d" + d).toList();
    Field.IdRule words = new Field.IdRule.Vocabulary();
    return new Schema(
        "label",
        "label",
        "domain",
        domains,
        List.of(
            new Field.Categorical("uid", json.get("n_uid").asInt(), words, OptionalInt.empty()),
            new Field.Categorical("pid", json.get("n_pid").asInt(), words, OptionalInt.empty())));
  }

  int batches() {
    return json.get("batches").size();
  }

  JsonNode batch(int index) {
    return json.get("batches").get(index);
  }

  Columns columns(int index) {
    JsonNode batch = batch(index);
    double[] labels = numbers(batch.get("label"));
    float[] floats = new float[labels.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) labels[i];
    }
    return new Columns(
        labels.length,
        List.of(
            new Column.Ids(Buffers.ints(ints(batch.get("uid")))),
            new Column.Ids(Buffers.ints(ints(batch.get("pid"))))),
        Buffers.ints(ints(batch.get("domain"))),
        Buffers.floats(floats));
  }

  /** All numbers of nested lists, row-major. */
  static double[] numbers(JsonNode node) {
    return flat(node).toArray();
  }

  static byte[] mask(JsonNode node) {
    double[] numbers = numbers(node);
    byte[] mask = new byte[numbers.length];
    for (int i = 0; i < mask.length; i++) {
      mask[i] = (byte) numbers[i];
    }
    return mask;
  }

  private static int[] ints(JsonNode node) {
    return flat(node).mapToInt(x -> (int) x).toArray();
  }

  private static DoubleStream flat(JsonNode node) {
    if (!node.isArray()) {
      return DoubleStream.of(node.asDouble());
    }
    DoubleStream.Builder all = DoubleStream.builder();
    node.forEach(child -> flat(child).forEach(all::add));
    return all.build();
  }
}
