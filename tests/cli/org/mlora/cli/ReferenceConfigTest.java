package org.mlora.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.mlora.error.InvalidInputException;
import org.mlora.train.Batching;
import org.mlora.train.RunConfig;

class ReferenceConfigTest {
  private static final Path SHARED =
      Path.of(System.getProperty("mlora.shared"), "spec", "reference-configs");
  private static final Set<Quirk> NONE = EnumSet.noneOf(Quirk.class);

  private static final String SMALL =
      """
      {
        "model": {"name": "NAME", "norm": "none", "dense": "dense", "lora_r": -1, "lora_reduce": 2,
          "user_dim": 3, "item_dim": 3, "domain_dim": 3, "hidden_dim": [6, 4], "dropout": 0.25},
        "train": {"learning_rate": 0.01, "optimizer": "adam", "loss": "binary_crossentropy",
          "epoch": 2, "patience": 1, "meta_sequence": "random", "load_pretrain_emb": false},
        "dataset": {"name": "Small", "batch_size": 64, "seed": 9}
      }
      """;

  @TempDir static Path folder;
  private static Fixture fixture;

  @BeforeAll
  static void makeData() {
    fixture = Fixture.create(folder);
  }

  private static Path config(String name, String... replacements) {
    String text = SMALL.replace("NAME", name);
    for (int i = 0; i < replacements.length; i += 2) {
      assertThat(text).contains(replacements[i]);
      text = text.replace(replacements[i], replacements[i + 1]);
    }
    return fixture.write("config.json", text);
  }

  private static Map<String, String> flags(Path file, Quirk... quirks) {
    Set<Quirk> set = EnumSet.noneOf(Quirk.class);
    set.addAll(List.of(quirks));
    return ReferenceConfig.read(file, set).flags();
  }

  private CommandRun train(Path file, String out, Object... more) {
    return CommandRun.of(
        Fixture.words(
            more,
            "train",
            "--data",
            fixture.path("data"),
            "--device",
            "reference",
            "--out",
            fixture.path(out),
            "--reference-config",
            file));
  }

  static Stream<Path> published() throws IOException {
    if (!Files.isDirectory(SHARED)) {
      return Stream.of(SHARED);
    }
    try (Stream<Path> files = Files.walk(SHARED)) {
      return files.filter(file -> file.toString().endsWith(".json")).sorted().toList().stream();
    }
  }

  @ParameterizedTest
  @MethodSource("published")
  void everyPublishedConfigurationIsUnderstood(Path file) {
    assumeTrue(Files.isRegularFile(file), file + " is not there");
    ReferenceConfig config = ReferenceConfig.read(file, NONE);
    String name = file.getFileName().toString().replaceAll("_m?lora|\\.json", "");
    assertThat(config.flags()).containsEntry("model", name.equals("mlora") ? "mlp" : name);
    boolean adapted = file.getFileName().toString().matches(".*lora\\.json");
    assertThat(config.flags()).containsEntry("adapter", adapted ? "mlora" : "none");
    assertThat(config.flags()).containsEntry("batch", "1024").containsEntry("seed", "123");
  }

  @Test
  void itsSettingsAreThoseOfTheRun() {
    CommandRun run = train(config("nfm_lora"), "nfm");
    assertThat(run.code()).as(run.toString()).isZero();
    RunConfig started = RunConfig.read(fixture.path("nfm"));
    assertThat(started.spec().model()).isEqualTo("nfm");
    assertThat(started.spec().hidden()).containsExactly(6, 4);
    assertThat(started.spec().dropout()).isEqualTo(0.25);
    assertThat(started.spec().embeddingL2()).isEqualTo(1e-5);
    assertThat(started.spec().embeddingDim()).isEqualTo(3);
    assertThat(started.config().batching()).isEqualTo(Batching.SINGLE_DOMAIN);
    assertThat(started.config().optimizer().learningRate()).isEqualTo(0.01);
    assertThat(started.config().maxEpochs()).isEqualTo(2);
    assertThat(started.config().patience()).isEqualTo(1);
    assertThat(started.config().seed()).isEqualTo(9);
  }

  @Test
  void everyKeyWithoutEffectIsNamedWithTheReason() {
    CommandRun run = train(config("nfm_single"), "named");
    assertThat(run.code()).as(run.toString()).isZero();
    List<String> ignored =
        run.errorLines().stream()
            .filter(line -> line.contains(" is ignored: "))
            .map(line -> line.replaceAll(".*: (\\w+\\.\\w+) is ignored: ..*", "$1"))
            .toList();
    assertThat(ignored)
        .containsExactly(
            "model.dense",
            "model.lora_r",
            "model.lora_reduce",
            "train.meta_sequence",
            "dataset.name");
  }

  @Test
  void flagsThatAreGivenOverride() {
    CommandRun run = train(config("nfm_lora"), "given", "--dropout", "0", "--model=pnn", "--quiet");
    assertThat(run.code()).as(run.toString()).isZero();
    RunConfig started = RunConfig.read(fixture.path("given"));
    assertThat(started.spec().dropout()).isZero();
    assertThat(started.spec().model()).isEqualTo("pnn");
    assertThat(run.err()).isEmpty();
  }

  @Test
  void aComparisonTakesAllButTheAdapter() {
    CommandRun run =
        CommandRun.of(
            "compare",
            "--data",
            fixture.path("data"),
            "--device",
            "reference",
            "--seeds",
            1,
            "--quiet",
            "--reference-config",
            config("wdl_lora"));
    assertThat(run.code()).as(run.toString()).isZero();
    assertThat(run.out()).contains("none", "mlora", "difference");
  }

  @ParameterizedTest
  @CsvSource({
    "xdeepfm_lora, xdeepfm, mlora, deepfm, mlora",
    "xdeepfm_single, xdeepfm, none, deepfm, none",
    "mlp_lora, mlp, mlora, mlp, none",
    "pnn_mlora, pnn, mlora, mlp, none",
    "deepfm_lora, deepfm, mlora, deepfm, mlora",
    "mlp_single, mlp, none, mlp, none"
  })
  void namesBuildWhatTheySayUnlessAskedForWhatThePublishedCodeBuilds(
      String name, String model, String adapter, String publishedModel, String publishedAdapter) {
    assertThat(flags(config(name))).containsEntry("model", model).containsEntry("adapter", adapter);
    assertThat(flags(config(name), Quirk.MODEL_NAMES))
        .containsEntry("model", publishedModel)
        .containsEntry("adapter", publishedAdapter);
  }

  @Test
  void theModelOfThePaperFollowsItsDenseLayers() {
    Path joint = config("mlora", "\"dense\": \"dense\"", "\"dense\": \"mlora\"");
    assertThat(flags(joint))
        .containsEntry("phases", "joint")
        .containsEntry("alpha", "2")
        .containsEntry("embedding-l2", "0")
        .containsEntry("dropout", "0.25");
    Path phases =
        config(
            "mlora",
            "\"dense\": \"dense\"",
            "\"dense\": \"mlora_freeze\", \"pretrain_judge\": \"True\"");
    assertThat(flags(phases)).containsEntry("phases", "pretrain-finetune");
    assertThat(flags(config("mlora")))
        .containsEntry("adapter", "none")
        .containsEntry("dropout", "0");
    Path ranks = config("mlora", "\"dense\": \"dense\"", "\"dense\": \"mlora\"", "-1", "5");
    assertThat(flags(ranks)).containsEntry("ranks", "5,5").doesNotContainKey("alpha");
  }

  @Test
  void quirksOfInitialValuesAreTurnedOnByName() {
    Path baseline = config("wdl_single");
    assertThat(flags(baseline).get("init")).contains("embedding=normal:0.01");
    assertThat(flags(baseline, Quirk.EMBEDDING_START).get("init"))
        .contains("embedding=normal:1e-4");
    assertThat(flags(config("wdl_lora"), Quirk.EMBEDDING_START).get("init"))
        .contains("embedding=normal:0.01");
    assertThat(flags(baseline, Quirk.LINEAR_FREEZES))
        .containsEntry("option", "linear_freezes=true");
    assertThat(flags(config("star"), Quirk.STAR_START).get("option"))
        .contains("star_start=glorot", "auxiliary=false");
  }

  @Test
  void penaltiesAreThereFromTheFirstStepOn() {
    assertThat(flags(config("nfm_lora")))
        .containsEntry("embedding-l2", "1e-5")
        .containsEntry("option", "embedding_l2_from=0");
    assertThat(flags(config("wdl_lora"))).doesNotContainKey("option");
  }

  @Test
  void partitionedNormalizationIsThatOfStarAndTheMlp() {
    String[] pn = {"\"norm\": \"none\"", "\"norm\": \"pn\""};
    assertThat(flags(config("star", pn)).get("option")).contains("norm=partitioned");
    assertThat(ReferenceConfig.read(config("star", pn), NONE).ignored())
        .noneMatch(line -> line.contains("norm"));
    assertThat(flags(config("star")).get("option")).contains("norm=none");
    assertThat(flags(config("mlora", pn)).get("option")).isEqualTo("norm=partitioned");
    assertThat(ReferenceConfig.read(config("nfm_lora", pn), NONE).ignored())
        .anyMatch(
            line -> line.contains("model.norm is ignored: only 'pn' of star and mlora is offered"));
    String[] bn = {"\"norm\": \"none\"", "\"norm\": \"bn\""};
    assertThat(ReferenceConfig.read(config("star", bn), NONE).ignored())
        .anyMatch(line -> line.contains("model.norm is ignored"));
  }

  @Test
  void quirksReachTheRunThroughTheCommandLine() {
    Path star = config("star", "\"norm\": \"none\"", "\"norm\": \"pn\"");
    CommandRun run = train(star, "star", "--compat", "star-start,rollback", "--quiet");
    assertThat(run.code()).as(run.toString()).isZero();
    RunConfig started = RunConfig.read(fixture.path("star"));
    assertThat(started.spec().options())
        .containsEntry("star_start", "glorot")
        .containsEntry("norm", "partitioned")
        .containsEntry("auxiliary", "false");
    assertThat(started.config().compatibility().rollback()).isTrue();
  }

  @Test
  void aQuirkOfConfigurationsNeedsOne() {
    CommandRun run = fixture.train("--out", fixture.path("none"), "--compat", "model-names");
    run.requireOneLine(List.of("--compat model-names", "--reference-config"));
  }

  @Test
  void refusesWhatItDoesNotKnowByFileAndKey() {
    assertRefused(config("ccpm_single"), "config.json", "model.name", "\"ccpm_single\"");
    assertRefused(config("mlp_single_lora"), "model.name", "single adapter for all domains");
    assertRefused(config("nfm_lora", "\"lora_r\"", "\"lora_rank\""), "model.lora_rank", "'lora_r'");
    assertRefused(config("nfm_lora", "0.25", "1.5"), "model.dropout is 1.5", "[0, 1)");
    assertRefused(config("nfm_lora", "\"lora_reduce\": 2", "\"lora_reduce\": 0"), "lora_reduce");
    assertRefused(config("nfm_lora", "\"patience\": 1, ", ""), "train.patience is missing");
    assertRefused(config("nfm_lora", "[6, 4]", "[]"), "model.hidden_dim is []");
    assertRefused(config("nfm_lora", "\"item_dim\": 3", "\"item_dim\": 4"), "model.item_dim is 4");
    assertRefused(config("nfm_lora", "\"adam\"", "\"sgd\""), "train.optimizer is \"sgd\"");
    assertRefused(config("nfm_lora", "\"dataset\"", "\"data\""), "'data'", "dataset");
  }

  private static void assertRefused(Path file, String... says) {
    assertThatThrownBy(() -> ReferenceConfig.read(file, NONE))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContainingAll(says);
  }

  @Test
  void refusesDataWithoutTheEmbeddingsThatItAsksFor() {
    Path file = config("nfm_lora", "\"load_pretrain_emb\": false", "\"load_pretrain_emb\": true");
    train(file, "embedded")
        .requireOneLine(List.of("config.json", "train.load_pretrain_emb is true", "no given"));
    assertThat(fixture.path("embedded")).doesNotExist();
  }
}
