package org.mlora.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.mlora.data.JsonObject;
import org.mlora.error.InvalidInputException;

class ComparisonTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  @Test
  void quantilesOfStudentAreThoseOfPublishedTables() {
    assertThat(StudentT.halfWidth95(1)).isCloseTo(12.706204736, within(1e-8));
    assertThat(StudentT.halfWidth95(2)).isCloseTo(4.302652730, within(1e-8));
    assertThat(StudentT.halfWidth95(3)).isCloseTo(3.182446305, within(1e-8));
    assertThat(StudentT.halfWidth95(4)).isCloseTo(2.776445105, within(1e-8));
    assertThat(StudentT.halfWidth95(9)).isCloseTo(2.262157163, within(1e-8));
    assertThat(StudentT.halfWidth95(30)).isCloseTo(2.042272456, within(1e-8));
    assertThat(StudentT.halfWidth95(100)).isCloseTo(1.983971519, within(1e-8));
  }

  @Test
  void intervalIsThatOfThePairedTTest() {
    PairedDifference difference =
        PairedDifference.of(new double[] {1, 2, 3}, new double[] {2, 4, 6});
    assertThat(difference.pairs()).isEqualTo(3);
    assertThat(difference.mean()).isEqualTo(2);
    assertThat(difference.sd()).isCloseTo(1, within(1e-12));
    assertThat(difference.low()).isCloseTo(2 - 4.302652730 / Math.sqrt(3), within(1e-8));
    assertThat(difference.high()).isCloseTo(2 + 4.302652730 / Math.sqrt(3), within(1e-8));
    assertThat(difference.excludesZero()).isFalse();
  }

  @Test
  void onePairHasADifferenceButNoInterval() {
    PairedDifference difference = PairedDifference.of(new double[] {1}, new double[] {3});
    assertThat(difference.mean()).isEqualTo(2);
    assertThat(difference.low()).isNaN();
    assertThat(difference.high()).isNaN();
    assertThat(difference.excludesZero()).isFalse();
  }

  @Test
  void withoutRunsThereIsNoDifference() {
    Comparison none = new Comparison(List.of());
    assertThat(none.differences()).isEmpty();
    assertThat(none.difference()).isEmpty();
    assertThat(none.split()).isEqualTo("test");
    assertThat(ComparisonJson.toJson(none)).hasToString("{\"runs\":[],\"difference\":{}}");
  }

  @Test
  void undefinedValuesAreLeftOut() {
    assertThat(Summary.of(1, Double.NaN, 3)).isEqualTo(new Summary(2, 2, Math.sqrt(2)));
    assertThat(Summary.of(Double.NaN).mean()).isNaN();
    assertThat(PairedDifference.of(new double[] {1, Double.NaN}, new double[] {2, 2}).pairs())
        .isEqualTo(1);
  }

  @Test
  void pairsRunsBySeedWhateverTheirOrder() {
    Comparison comparison =
        new Comparison(
            List.of(
                run("none", 1, 0.5),
                run("none", 2, 0.6),
                run("none", 3, 0.9),
                run("mlora", 2, 0.65),
                run("mlora", 1, 0.57)));
    PairedDifference difference = comparison.difference().get(Metric.WAUC);
    assertThat(difference.pairs()).isEqualTo(2);
    assertThat(difference.mean()).isCloseTo(0.06, within(1e-12));
    assertThat(comparison.summary("none", Metric.WAUC).mean()).isCloseTo(2 / 3.0, within(1e-12));
  }

  @Test
  void jsonHasTheDocumentedFieldsAndNullForUndefined() throws Exception {
    Comparison comparison = new Comparison(List.of(run("none", 1, 0.5), run("mlora", 1, 0.75)));
    String json = MAPPER.writeValueAsString(ComparisonJson.toJson(comparison));
    String test =
        "\"log_loss\":0.5,\"pcoc\":1.25,\"ece\":0.125,\"domains\":[{\"domain\":\"a\",\"rows\":7,"
            + "\"positives\":0,\"auc\":null,\"log_loss\":0.5,\"pcoc\":null}]}}";
    assertThat(json)
        .isEqualTo(
            "{\"runs\":[{\"adapter\":\"none\",\"seed\":1,\"epochs\":3,\"seconds\":1.5,"
                + "\"samples_per_s\":1000.0,\"validation\":null,\"test\":{\"split\":\"test\",\"rows\":7,\"wauc\":0.5,"
                + "\"mean_auc\":0.5,"
                + test
                + ",{\"adapter\":\"mlora\",\"seed\":1,\"epochs\":3,\"seconds\":1.5,"
                + "\"samples_per_s\":1000.0,\"validation\":null,\"test\":{\"split\":\"test\",\"rows\":7,\"wauc\":0.75,"
                + "\"mean_auc\":0.75,"
                + test
                + "],\"difference\":{\"wauc\":{\"mean\":0.25,\"ci95\":[null,null]},"
                + "\"mean_auc\":{\"mean\":0.25,\"ci95\":[null,null]},"
                + "\"log_loss\":{\"mean\":0.0,\"ci95\":[null,null]},"
                + "\"pcoc\":{\"mean\":0.0,\"ci95\":[null,null]},"
                + "\"ece\":{\"mean\":0.0,\"ci95\":[null,null]}}}");
  }

  @Test
  void ofMoreThanTwoSettingsEachIsComparedWithTheFirstByItsName() {
    Comparison comparison =
        new Comparison(List.of(run("none", 1, 0.5), run("mlora", 1, 0.75), run("star", 1, 0.625)));
    JsonNode json = ComparisonJson.toJson(comparison);
    assertThat(json.at("/difference/wauc/mean").doubleValue()).isEqualTo(0.125);
    assertThat(json.at("/differences/mlora/wauc/mean").doubleValue()).isEqualTo(0.25);
    assertThat(json.at("/differences/star/wauc/mean").doubleValue()).isEqualTo(0.125);
    assertThat(json.path("differences")).hasSize(2);
  }

  private static Evaluation read(JsonNode json) {
    return EvaluationJson.fromJson(new JsonObject(json, "evaluation"));
  }

  @Test
  void optionalNumbersSurviveJson() throws Exception {
    Evaluation evaluation =
        run("none", 1, 0.5)
            .test()
            .withGauc(0.625)
            .withCompat(new Evaluation.Compat(0.5, Double.NaN));
    JsonNode json = MAPPER.readTree(EvaluationJson.toJson(evaluation).toString());
    assertThat(read(json)).isEqualTo(evaluation);
  }

  @Test
  void damagedJsonIsRefusedByTheNameOfTheField() {
    ObjectNode missing = EvaluationJson.toJson(run("none", 1, 0.5).test());
    missing.remove("wauc");
    assertThatThrownBy(() -> read(missing))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("evaluation: wauc is missing");
    ObjectNode wrong = EvaluationJson.toJson(run("none", 1, 0.5).test());
    wrong.put("rows", "many");
    assertThatThrownBy(() -> read(wrong))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("evaluation: rows is");
  }

  @Property(tries = 500)
  void mutatedJsonIsReadOrRefusedButNeverCrashes(@ForAll long seed) throws Exception {
    Random random = new Random(seed);
    byte[] json =
        EvaluationJson.toJson(run("none", 1, 0.5).test())
            .toString()
            .getBytes(StandardCharsets.US_ASCII);
    for (int i = 0; i <= random.nextInt(4); i++) {
      json[random.nextInt(json.length)] =
          (byte) "0123456789[]{}\",:-eEnult. ".charAt(random.nextInt(26));
    }
    JsonNode tree;
    try {
      tree = MAPPER.readTree(json);
    } catch (JsonProcessingException notJson) {
      return;
    }
    try {
      assertThat(read(tree).domains()).isNotNull();
    } catch (InvalidInputException refused) {
      assertThat(refused).hasMessageStartingWith("evaluation: ");
    }
  }

  @Test
  void refusesCountsBeyondTheirRange() throws Exception {
    ObjectNode huge = EvaluationJson.toJson(run("none", 1, 0.5).test());
    huge.set("rows", MAPPER.readTree("1000000000000000000000000000000"));
    assertThatThrownBy(() -> read(huge))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("evaluation: rows is");
  }

  @Test
  void choosesTheSettingOfEachSeedByValidationAndOfEqualsTheControl() {
    Comparison sides =
        new Comparison(
            List.of(
                validated("none", 1, 0.70, 0.71),
                validated("none", 2, 0.72, 0.73),
                validated("none", 3, 0.74, 0.75),
                validated("mlora", 1, 0.69, 0.60),
                validated("mlora", 2, 0.73, 0.80),
                validated("mlora", 3, 0.74, 0.90)));
    assertThat(sides.chosen(Metric.WAUC)).containsExactly("none", "mlora", "none");
    assertThat(sides.chosen(Metric.LOG_LOSS)).containsExactly("mlora", "none", "none");
    Comparison chosen = sides.withChosen("chosen", Metric.WAUC);
    assertThat(chosen.adapters()).containsExactly("none", "chosen");
    assertThat(chosen.runsOf("chosen"))
        .extracting(run -> run.test().wauc())
        .containsExactly(0.71, 0.80, 0.75);
    assertThat(chosen.difference().get(Metric.WAUC).mean()).isCloseTo(0.07 / 3, within(1e-12));
  }

  @Test
  void choosesAnySettingBeforeOneWhoseValidationIsNotKnown() {
    Comparison sides =
        new Comparison(
            List.of(
                validated("none", 1, Double.NaN, 0.7),
                validated("none", 2, 0.7, 0.7),
                validated("mlora", 1, 0.6, 0.7),
                validated("mlora", 2, Double.NaN, 0.7)));
    assertThat(sides.chosen(Metric.WAUC)).containsExactly("mlora", "none");
    assertThat(sides.chosen(Metric.LOG_LOSS)).containsExactly("mlora", "none");
  }

  private static Comparison.Run validated(
      String adapter, long seed, double validation, double test) {
    Comparison.Run run = run(adapter, seed, test);
    return new Comparison.Run(adapter, seed, 3, 1.5, 1000, validation, run.test());
  }

  private static Comparison.Run run(String adapter, long seed, double wauc) {
    Evaluation.Domain domain = new Evaluation.Domain("a", 7, 0, Double.NaN, 0.5, Double.NaN);
    return new Comparison.Run(
        adapter,
        seed,
        3,
        1.5,
        1000,
        new Evaluation("test", 7, wauc, wauc, 0.5, 1.25, 0.125, List.of(domain)));
  }
}
