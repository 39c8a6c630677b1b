package org.mlora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code prepare csv} makes of a table, beyond what can be wrong with it. */
class PrepareCsvTest {
  @TempDir Path folder;

  private Fixture fixture;

  @BeforeEach
  void writeATable() {
    fixture = new Fixture(folder);
    fixture.write("raw.csv", TestData.csv(300));
  }

  private CommandRun prepare(String input, String out, Object... more) {
    return CommandRun.of(
        Fixture.words(
            more,
            "prepare",
            "csv",
            "--input",
            fixture.path(input),
            "--label",
            "rating>=4",
            "--domain-column",
            "shop",
            "--fields",
            "user,item",
            "--out",
            fixture.path(out)));
  }

  @Test
  void aRuleThatHoldsForNoRowIsPointedOutAndSaidToBeWhyNothingCanBeTrained() {
    for (String rule : List.of("rating>=9", "rating<9")) {
      CommandRun prepared = prepare("raw.csv", rule, "--label", rule);
      prepared.requireDone();
      int label = rule.equals("rating<9") ? 1 : 0;
      assertThat(prepared.err()).contains("warning: all rows have label " + label);
      fixture
          .train("--data", fixture.path(rule), "--out", fixture.path("run"))
          .requireOneLine(List.of("all validation rows have label " + label, "rule of the label"));
    }
    assertThat(prepare("raw.csv", "mixed").err()).doesNotContain("warning");
  }

  @Test
  void aDomainWithACommaInItsNameIsExcluded() {
    String table = TestData.csv(400, "books", "SHED", "toys", "garden");
    fixture.write("comma.csv", table.replace("SHED", "\"garden, home\""));
    record Case(List<Object> flags, List<String> excluded) {}
    for (Case one :
        List.of(
            new Case(List.of("--exclude-domain", "garden, home"), List.of("garden, home")),
            new Case(
                List.of("--exclude-domain", "toys,garden, home,books"),
                List.of("books", "garden, home", "toys")),
            new Case(
                List.of("--exclude-domain=garden, home", "--exclude-domain=garden"),
                List.of("garden", "garden, home")))) {
      CommandRun run =
          prepare(
              "comma.csv",
              "out" + one.excluded().size(),
              Fixture.words(one.flags().toArray(), "--json", "--overwrite"));
      run.requireDone();
      for (String name : one.excluded()) {
        assertThat(run.out()).contains("\"" + name + "\" : 100");
      }
    }
    prepare("comma.csv", "none", "--exclude-domain", "garden,home")
        .requireOneLine(
            List.of("names 'home', which no row has;", "are books, garden, 'garden, home', toys"));
  }

  @Test
  void aConfigFileListsDomainsWithCommas() {
    String table = TestData.csv(300, "books", "SHED", "toys");
    fixture.write("comma.csv", table.replace("SHED", "\"garden, home\""));
    Path config = fixture.write("c.json", "{\"exclude-domain\": [\"garden, home\", \"toys\"]}");
    CommandRun run = prepare("comma.csv", "out", "--json", "--config", config);
    run.requireDone();
    assertThat(run.out()).contains("\"garden, home\" : 100", "\"toys\" : 100");
  }
}
