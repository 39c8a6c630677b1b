package org.mlora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.data.store.FileDigest;

class DataCommandTest {
  @TempDir Path folder;

  private Path file(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  @Test
  void tellsWhereEachDataSetComesFrom() throws IOException {
    CommandRun run = CommandRun.of("data");
    assertThat(run.code()).isZero();
    assertThat(run.out()).contains("MovieLens 1M", "Amazon 2018", "Taobao", "none is published");
    JsonNode json = new ObjectMapper().readTree(CommandRun.of("data", "--json").out());
    assertThat(json).hasSize(KnownData.ALL.size());
    for (JsonNode data : json) {
      assertThat(data.path("page").asText()).startsWith("http");
      assertThat(data.path("md5").isNull() || data.path("md5").asText().matches("[0-9a-f]{32}"))
          .isTrue();
    }
  }

  @Test
  void aFileThatIsNotThePublishedOneIsRefused() throws IOException {
    CommandRun.of("data", "--check", file("ml-1m.zip", "not it"))
        .requireOneLine(List.of("ml-1m.zip has MD5", "c4d9eecfca2ab87c1945afe126590906"));
  }

  @Test
  void recordingNoFileIsRefused() {
    CommandRun.of("data", "--record").requireOneLine(List.of("--record names no file", "--check"));
  }

  @Test
  void whereNoChecksumIsPublishedItSaysSoAndRecordsTheOneOfTheFile() throws IOException {
    Path file = file("Software_5.json.gz", "reviews");
    CommandRun plain = CommandRun.of("data", "--check", file);
    assertThat(plain.code()).isZero();
    assertThat(plain.out()).contains("no checksum is published for it; not recorded");
    Path record = folder.resolve("Software_5.json.gz.sha256");
    assertThat(record).doesNotExist();
    CommandRun recorded = CommandRun.of("data", "--check", file, "--record");
    assertThat(recorded.out()).contains("recorded in Software_5.json.gz.sha256");
    assertThat(Files.readString(record))
        .isEqualTo(FileDigest.sha256(file) + "  Software_5.json.gz\n");
    assertThat(CommandRun.of("data", "--check", file).out()).contains("; as recorded");
    Files.writeString(file, "other reviews");
    CommandRun.of("data", "--check", file)
        .requireOneLine(List.of("Software_5.json.gz has SHA-256", "another", "was changed"));
  }

  @Test
  void aMissingFileIsNamed() {
    CommandRun.of("data", "--check", folder.resolve("none.gz"))
        .requireOneLine(List.of("none.gz", "no such file"));
  }

  @Test
  void convertersAreReachedByTheirFlags() throws IOException {
    Files.writeString(
        folder.resolve("Software_5.json"),
        "{\"reviewerID\": \"A\", \"asin\": \"B\"}\n{\"reviewerID\": \"A\", \"asin\": \"C\"}\n"
            + "{\"reviewerID\": \"D\", \"asin\": \"E\"}\n");
    Path out = folder.resolve("amazon");
    CommandRun run = CommandRun.of("prepare", "amazon", "--input", folder, "--out", out);
    assertThat(run.code()).as(run.toString()).isZero();
    assertThat(run.out()).contains("Software", "data set: " + out);
    CommandRun.of("prepare", "amazon", "--input", folder, "--categories=6", "--out", out + "6")
        .requireOneLine(List.of("lacks category 'Musical Instruments'"));
    CommandRun.of("prepare", "amazon", "--input", folder, "--categories=7", "--out", out + "7")
        .requireOneLine(List.of("'7' is not one of 6, 13, all"));
    CommandRun.of("prepare", "taobao", "--input", folder, "--out", out + "t")
        .requireOneLine(List.of("lacks theme_click_log.csv"));
  }
}
