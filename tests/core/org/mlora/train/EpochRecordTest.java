package org.mlora.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.mlora.data.JsonObject;
import org.mlora.metric.Evaluation;

class EpochRecordTest {
  private static final EpochRecord RECORD =
      new EpochRecord(
          3,
          Phase.GATE,
          12,
          0.5,
          new Evaluation("validation", 7, 0.7, 0.7, 0.4, 1, 0.1, List.of()),
          true,
          2.5,
          2,
          1000);

  @Test
  void comesBackFromItsJson() {
    assertThat(EpochRecord.fromJson(new JsonObject(RECORD.toJson(), "metrics"))).isEqualTo(RECORD);
  }

  @Test
  void isReadWhereAnEarlierVersionWroteTheTimeOfTrainingAndValidationAlone() {
    ObjectNode json = RECORD.toJson();
    json.remove("train_seconds");
    assertThat(EpochRecord.fromJson(new JsonObject(json, "metrics")).trainSeconds()).isEqualTo(2.5);
  }
}
