package org.mlora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mlora.model.ModelOption;
import org.mlora.model.Models;

class ModelsCommandTest {
  @TempDir static Path folder;

  private static Fixture fixture;

  @BeforeAll
  static void prepare() {
    fixture = Fixture.create(folder);
  }

  static List<String> models() {
    return List.copyOf(Models.names());
  }

  @ParameterizedTest
  @MethodSource("models")
  void listsEveryModelWithItsOptions(String model) {
    CommandRun text = CommandRun.of("models");
    CommandRun json = CommandRun.of("models", "--json");
    assertThat(text.code()).isZero();
    assertThat(json.out()).startsWith("[").contains("\"" + model + "\"");
    assertThat(text.out()).contains(Models.title(model));
    for (ModelOption<?> option : Models.options(model)) {
      assertThat(text.out()).contains(model + ": " + option.name() + "=" + option.absent());
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void everyModelTrainsFromTheCommandLineAndPredictsWhatItLearned(String model) {
    Path run = folder.resolve("run-" + model);
    String adapter = Models.adapts(model) ? "mlora" : "none";
    CommandRun trained = fixture.train("--model", model, "--adapter", adapter, "--out", run);
    assertThat(trained.code()).as(trained.toString()).isZero();
    CommandRun evaluated =
        CommandRun.of(
            "evaluate", "--model", run, "--data", fixture.path("data"), "--device", "reference");
    assertThat(evaluated.code()).as(evaluated.toString()).isZero();
  }

  @Test
  void anOptionIsKeptInTheRun() {
    Path run = folder.resolve("run-matrix");
    CommandRun trained =
        fixture.train("--model", "dcn", "--option", "cross_form=matrix", "--out", run);
    assertThat(trained.code()).as(trained.toString()).isZero();
    assertThat(CommandRun.of("inspect", "--model", run, "--json").out()).contains("cross_w0");
  }

  @Test
  void adaptersOfAModelWithoutATowerForThemAreRefused() {
    fixture
        .train("--model", "star", "--adapter", "mlora", "--out", folder.resolve("none"))
        .requireOneLine(List.of("'star'", "adapter none"));
  }

  @Test
  void anOptionThatTheModelDoesNotHaveIsNamedBesideThoseItHas() {
    fixture
        .train("--model", "dcn", "--option", "cin_layers=3", "--out", folder.resolve("none"))
        .requireOneLine(List.of("'dcn'", "'cin_layers'", "cross_layers"));
    fixture
        .train("--model", "dcn", "--option", "cross_form=cubic", "--out", folder.resolve("none"))
        .requireOneLine(List.of("cross_form", "'cubic'", "vector, matrix"));
  }
}
