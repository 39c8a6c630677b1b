package org.mlora.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.backend.Backend;
import org.mlora.backend.cpu.CpuBackend;
import org.mlora.checkpoint.Checkpoint;
import org.mlora.data.Dataset;
import org.mlora.metric.Evaluation;
import org.mlora.testing.NoNativeLeaks;

/** What validation says of each domain in each epoch is noted once, and not kept in every model. */
@ExtendWith(NoNativeLeaks.class)
class HistoryTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<String> DOMAINS = List.of("toys", "books", "games");
  private static final TrainingConfig CONFIG = TrainerTest.CONFIG.withMaxEpochs(3);

  @TempDir Path folder;

  private final Backend backend = new CpuBackend(1);

  @Test
  void theMetricsHaveEpochsByDomainAndModelsTheirTotals() throws IOException {
    List<Evaluation> heard = new ArrayList<>();
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void epochEnded(EpochRecord epoch) {
            heard.add(epoch.validation());
          }
        };
    Path run = folder.resolve("run");
    try (Dataset data = Clicks.dataset(folder.resolve("data"), DOMAINS, 400);
        TrainingResult result =
            new Trainer(TrainerTest.SPEC, CONFIG, backend, listener).train(data, run)) {
      assertThat(result.history())
          .extracting(EpochRecord::validation)
          .isEqualTo(heard.stream().map(Evaluation::withoutDomains).toList())
          .isNotEqualTo(heard);
    }
    assertThat(domainsInMetrics(run)).containsExactly(3, 3, 3);
    for (String place : List.of("best", "last")) {
      JsonNode state = Checkpoint.open(run.resolve(place)).model().training().path("state");
      assertThat(state.path("history")).isNotEmpty();
      assertThat(state.findValues("domains")).allMatch(JsonNode::isEmpty);
    }
  }

  @Test
  void aStateThatHoldsDomainsIsReadWithoutThem() throws IOException {
    Path run = folder.resolve("run");
    try (Dataset data = Clicks.dataset(folder.resolve("data"), DOMAINS, 400)) {
      new Trainer(TrainerTest.SPEC, CONFIG, backend).train(data, run).close();
    }
    ObjectNode state = Checkpoint.open(run.resolve("last")).model().training().withObject("/state");
    TrainingState now = TrainingState.fromJson(state, "state");
    List<JsonNode> lines = metrics(run);
    for (int epoch = 0; epoch < lines.size(); epoch++) {
      ((ObjectNode) state.path("history").get(epoch))
          .set("validation", lines.get(epoch).path("validation"));
    }
    assertThat(state.findValues("domains")).allMatch(domains -> domains.size() == 3);
    assertThat(TrainingState.fromJson(state, "state")).isEqualTo(now);
  }

  @Test
  void anOnboardingHasEpochsByDomainInItsMetrics() throws IOException {
    Path run = folder.resolve("run");
    Path grown = folder.resolve("grown");
    try (Dataset known = Clicks.dataset(folder.resolve("known"), DOMAINS, 200);
        Dataset all = Clicks.dataset(folder.resolve("all"), List.of("music", "toys"), 400)) {
      new Trainer(TrainerTest.SPEC, CONFIG, backend).train(known, run).close();
      try (TrainingResult result =
          new Onboarding(CONFIG, backend, new TrainingListener() {})
              .run(run, all, "music", grown)) {
        List<Integer> everyEpoch =
            IntStream.range(0, result.history().size()).mapToObj(epoch -> 4).toList();
        assertThat(domainsInMetrics(grown)).isNotEmpty().isEqualTo(everyEpoch);
      }
    }
  }

  private static List<Integer> domainsInMetrics(Path run) throws IOException {
    return metrics(run).stream().map(line -> line.at("/validation/domains").size()).toList();
  }

  private static List<JsonNode> metrics(Path run) throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(run.resolve("metrics.jsonl"))) {
      lines.add(JSON.readTree(line));
    }
    return lines;
  }
}
