package org.mlora.bench.result;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class BenchReportTest {
  private static final BenchReport REPORT =
      new BenchReport(
          "a machine",
          List.of(
              BenchRow.rate(
                  "train",
                  "samples/s",
                  BenchRow.Value.of(123_456.78, 0.02, ""),
                  BenchRow.Value.of(41_152.26, 0.1, "padded"),
                  OptionalDouble.of(0.7)),
              BenchRow.cost(
                  "predict 1 row",
                  "us",
                  BenchRow.Value.of(5, 0, ""),
                  BenchRow.Value.of(60, 0, "merged")),
              BenchRow.rate(
                  "prepare csv",
                  "MB/s per core",
                  BenchRow.Value.of(160, 0, ""),
                  BenchRow.Value.NONE,
                  OptionalDouble.empty())));

  @Test
  void jsonHasTheFormOfTheContract() {
    JsonNode json = REPORT.toJson();
    assertThat(json.fieldNames()).toIterable().containsExactly("machine", "rows");
    assertThat(json.path("rows").size()).isEqualTo(3);
    for (JsonNode row : json.path("rows")) {
      assertThat(row.fieldNames())
          .toIterable()
          .containsExactly("case", "ours", "peer", "unit", "ratio", "sgemm_fraction");
    }
    assertThat(json.path("rows").get(0).toString())
        .isEqualTo(
            "{\"case\":\"train\",\"ours\":123460.0,\"peer\":41152.0,\"unit\":\"samples/s\","
                + "\"ratio\":3.0,\"sgemm_fraction\":0.7}");
  }

  @Test
  void whatHasNoPeerIsNullInJson() {
    JsonNode row = REPORT.toJson().path("rows").get(2);
    assertThat(row.path("peer").isNull()).isTrue();
    assertThat(row.path("ratio").isNull()).isTrue();
    assertThat(row.path("sgemm_fraction").isNull()).isTrue();
    assertThat(row.path("ours").doubleValue()).isEqualTo(160);
  }

  @Test
  void ratioSaysHowManyTimesBetterOursIs() {
    assertThat(REPORT.rows().get(0).ratio().orElseThrow()).isBetween(2.9999, 3.0001);
    assertThat(REPORT.rows().get(1).ratio().orElseThrow()).isEqualTo(12);
  }

  @Test
  void tableShowsEveryCaseWithItsSpread() {
    assertThat(REPORT.toText().lines())
        .anyMatch(
            line -> line.matches("train +123,457 ±2% +41,152 ±10% +samples/s +3.00 +70 % +padded"))
        .anyMatch(line -> line.startsWith("predict 1 row"))
        .anyMatch(line -> line.startsWith("prepare csv"));
  }
}
