package org.mlora.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.mlora.testing.SharedFiles;

class LinksTest {
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#:]+)(#[^)]*)?\\)");

  @Test
  void everyLinkOfTheGuidesLeadsToAFile() throws IOException {
    Path root = SharedFiles.repositoryRoot();
    List<Path> pages = new ArrayList<>();
    try (Stream<Path> top = Files.list(root);
        Stream<Path> docs = Files.walk(root.resolve("docs"))) {
      Stream.concat(top, docs).filter(p -> p.toString().endsWith(".md")).forEach(pages::add);
    }
    int links = 0;
    for (Path page : pages) {
      Matcher matcher = LINK.matcher(Files.readString(page));
      while (matcher.find()) {
        assertThat(page.resolveSibling(matcher.group(1))).as("a link of %s", page).exists();
        links++;
      }
    }
    assertThat(links).isGreaterThan(10);
  }
}
