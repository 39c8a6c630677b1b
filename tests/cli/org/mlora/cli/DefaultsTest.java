package org.mlora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.mlora.model.AdapterSpec;
import org.mlora.model.ModelSpec;
import org.mlora.train.ComparisonRunner;
import org.mlora.train.TrainingConfig;
import picocli.CommandLine;

/** A program that takes the defaults trains what the command trains without flags. */
class DefaultsTest {
  private final ModelFlags model = parsed(new ModelFlags());
  private final TrainingFlags training = parsed(new TrainingFlags());

  @Test
  void modelsOfEachKindOfAdapterAreThoseOfTheCommand() {
    ModelSpec spec = ModelSpec.defaults();
    assertThat(model.spec("mlp", AdapterName.MLORA)).isEqualTo(spec);
    assertThat(model.spec("mlp", AdapterName.NONE)).isEqualTo(spec.withoutAdapters());
    assertThat(model.spec("mlp", AdapterName.MOE_MLORA))
        .isEqualTo(spec.withAdapter(new AdapterSpec.MoeMlora()));
  }

  @Test
  void anotherAlphaOrLearningRateLeavesTheRest() {
    ModelFlags eight = parsed(new ModelFlags(), "--alpha", "8");
    ModelSpec spec = ModelSpec.defaults();
    assertThat(eight.spec("mlp", AdapterName.MLORA))
        .isEqualTo(spec.withAlpha(8))
        .isEqualTo(spec.withAdapter(new AdapterSpec.Mlora(8)));
    assertThat(parsed(new TrainingFlags(), "--lr", "1e-2").config(1, spec.adapter()))
        .isEqualTo(TrainingConfig.defaults().withLearningRate(1e-2));
  }

  @Test
  void trainingsOfEachKindOfAdapterAreThoseOfTheCommand() {
    for (AdapterName name : AdapterName.values()) {
      ModelSpec spec = model.spec("mlp", name);
      TrainingConfig config = TrainingConfig.defaults(spec.adapter());
      assertThat(training.config(1, spec.adapter())).isEqualTo(config);
      if (name != AdapterName.NONE) {
        assertThat(ComparisonRunner.Setting.withAndWithoutAdapters(spec, config))
            .containsExactly(side(AdapterName.NONE, spec.withoutAdapters()), side(name, spec));
      }
    }
  }

  private ComparisonRunner.Setting side(AdapterName name, ModelSpec spec) {
    return new ComparisonRunner.Setting(name.label(), spec, training.side(1, spec.adapter()));
  }

  private static <T> T parsed(T flags, String... given) {
    CommandLine line = new CommandLine(flags);
    Words.register(line);
    line.parseArgs(given);
    return flags;
  }
}
