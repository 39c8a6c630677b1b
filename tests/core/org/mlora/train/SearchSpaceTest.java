package org.mlora.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.mlora.model.AdapterScaling;
import org.mlora.model.AdapterSpec;
import org.mlora.model.ModelSpec;

class SearchSpaceTest {
  private static final ModelSpec SPEC = ModelSpec.defaults();
  private static final TrainingConfig CONFIG = TrainingConfig.defaults();

  private static List<Candidate> draw(int count, long seed) {
    return SearchSpace.draw(SPEC, CONFIG, count, seed);
  }

  @Test
  void theFirstCandidateIsTheSettingsAsTheyAre() {
    Candidate first = draw(1, 7).get(0);
    assertThat(first.on(SPEC)).isEqualTo(SPEC);
    assertThat(first.on(CONFIG)).isEqualTo(CONFIG);
  }

  @Test
  void candidatesDifferAndFollowFromTheSeed() {
    assertThat(draw(50, 3)).hasSize(50).doesNotHaveDuplicates().isEqualTo(draw(50, 3));
    assertThat(draw(50, 3)).isNotEqualTo(draw(50, 4));
    assertThat(draw(50, 3).subList(0, 20)).isEqualTo(draw(20, 3));
  }

  @Test
  void everyPartVaries() {
    List<Candidate> drawn = draw(60, 1);
    assertThat(drawn.stream().map(c -> c.adapter().alpha()).distinct().count()).isGreaterThan(4);
    assertThat(drawn.stream().map(c -> c.adapter().l2()).distinct().count()).isGreaterThan(4);
    assertThat(drawn.stream().map(c -> Math.rint(10 * c.adapter().rateScale())).distinct())
        .containsExactlyInAnyOrder(1.0, 3.0, 10.0, 30.0);
    assertThat(drawn.stream().map(Candidate::learningRate).distinct().count()).isEqualTo(4);
    assertThat(drawn.stream().map(Candidate::embeddingL2).distinct().count()).isGreaterThan(4);
    assertThat(drawn.stream().map(Candidate::dropout).distinct().count()).isGreaterThan(4);
  }

  @Test
  void withoutAdaptersOnlyTheNetworkVariesAndTheSpaceEnds() {
    ModelSpec plain = SPEC.withAdapter(new AdapterSpec.None());
    List<Candidate> drawn = SearchSpace.draw(plain, CONFIG, 1000, 1);
    assertThat(drawn).hasSize(144).doesNotHaveDuplicates();
    assertThat(drawn).allMatch(c -> c.on(plain).adapter() instanceof AdapterSpec.None);
    assertThat(drawn)
        .allMatch(
            c ->
                c.on(CONFIG)
                    .equals(
                        CONFIG.withOptimizer(
                            CONFIG.optimizer().withLearningRate(c.learningRate()))));
  }

  @Test
  void whatIsNotSearchedStays() {
    AdapterSpec.Mlora mlora =
        new AdapterSpec.Mlora(8, List.of(), 1e-4)
            .withScaling(new AdapterScaling(AdapterScaling.Rule.ROOT_RANK, 4))
            .withSharedA(true);
    ModelSpec spec = SPEC.withAdapter(mlora);
    assertThat(SearchSpace.draw(spec, CONFIG, 1, 1).get(0).on(spec)).isEqualTo(spec);
    assertThat(SearchSpace.draw(spec, CONFIG, 20, 1))
        .allMatch(
            c ->
                c.on(spec).adapter() instanceof AdapterSpec.Mlora m
                    && m.sharedA()
                    && m.scaling().equals(mlora.scaling()));
  }

  @Test
  void ranksThatAreGivenStay() {
    ModelSpec ranked = SPEC.withAdapter(new AdapterSpec.Mlora(16, List.of(3, 2, 1), 1e-4));
    assertThat(SearchSpace.draw(ranked, CONFIG, 20, 1))
        .allMatch(
            c -> c.on(ranked).adapter() instanceof AdapterSpec.Mlora m && m.ranks().size() == 3);
  }

  /** So that a recipe with the rate is the training that was tried. */
  @Test
  void ratesOfAdaptersAreOfFewDigitsAndGiveTheirScaleToTheBit() {
    for (Candidate candidate : draw(500, 3)) {
      double rate = candidate.adapterRate();
      assertThat(Double.toString(rate)).hasSizeLessThan("1.23E-45".length());
      assertThat(rate / candidate.learningRate()).isEqualTo(candidate.adapter().rateScale());
    }
    Candidate given = new Candidate(new Candidate.Adapter(2, 0, Math.PI), Math.E, 0, 0);
    assertThat(given.adapterRate()).isEqualTo(Math.PI * Math.E);
  }
}
