package org.mlora.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import org.example.WeighedTower;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.error.InvalidInputException;
import org.mlora.network.Value;
import org.mlora.testing.SharedFiles;

/** Models of other projects; that of {@code tests/example} goes through all tests of models. */
class OwnModelTest {
  @TempDir Path folder;

  /** A model that is laid out nowhere. */
  abstract static class Nowhere implements Model {
    @Override
    public String title() {
      return "nowhere";
    }

    @Override
    public Value logit(Layout layout) {
      throw new UnsupportedOperationException();
    }
  }

  /** Has the name of one of ours. */
  public static final class SecondMlp extends Nowhere {
    @Override
    public String name() {
      return "mlp";
    }
  }

  /** Has a name that no folder or flag should have. */
  public static final class Misnamed extends Nowhere {
    @Override
    public String name() {
      return "../Fm";
    }
  }

  /** Is found for a thread and nowhere else. */
  public static final class OfOneThread extends Nowhere {
    @Override
    public String name() {
      return "of_one_thread";
    }
  }

  @Test
  void theGuideShowsTheFileThatIsCompiledHere() throws IOException {
    Path root = SharedFiles.repositoryRoot();
    String guide = Files.readString(root.resolve("docs/how-to/add-a-model.md"));
    String file = Files.readString(root.resolve("tests/example/org/example/WeighedTower.java"));
    assertThat(guide).contains("```java\n" + file + "```");
    assertThat(guide).contains("echo " + WeighedTower.class.getName() + " >classes");
  }

  @Test
  void isFoundByItsName() {
    assertThat(Models.names()).contains("weighed_tower", "mlp");
    assertThat(Models.title("weighed_tower")).isEqualTo(new WeighedTower().title());
    assertThat(ModelSpec.defaults().withModel("weighed_tower").options())
        .containsEntry("reduction", "3");
  }

  @Test
  void isFoundWhereTheThreadFindsItsClassesAlone() throws IOException {
    withServices(
        OfOneThread.class.getName(),
        () -> assertThat(Models.title("of_one_thread")).isEqualTo("nowhere"));
    assertThatThrownBy(() -> Models.title("of_one_thread"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("model 'of_one_thread' is not known; known models: ")
        .hasMessageEndingWith("; one of your own has to be on the class path");
  }

  @Test
  void aNameThatIsTakenIsRefusedAndBothClassesAreNamed() throws IOException {
    refused(
        SecondMlp.class.getName(),
        "two models are called 'mlp': org.mlora.model.Mlp and " + SecondMlp.class.getName());
  }

  @Test
  void aNameThatIsNoneIsRefused() throws IOException {
    refused(
        Misnamed.class.getName(),
        "the name of the model " + Misnamed.class.getName() + " is '../Fm'; it must have");
  }

  @Test
  void aClassThatIsNotThereIsNamedWithTheRemedy() throws IOException {
    refused(
        "org.example.Gone",
        "a model of another project cannot be loaded: org.mlora.model.Model: Provider"
            + " org.example.Gone not found; mend it or take it off the class path");
  }

  private void refused(String service, String message) throws IOException {
    withServices(
        service,
        () -> {
          assertThatThrownBy(Models::names)
              .isInstanceOf(InvalidInputException.class)
              .hasMessageStartingWith(message);
          // Whoever names one of ours does not depend on others.
          assertThat(Models.title("mlp")).isEqualTo(new Mlp().title());
        });
  }

  /** Does work on a thread that finds one class more. */
  private void withServices(String service, Runnable work) throws IOException {
    Path file = folder.resolve("META-INF/services/" + Model.class.getName());
    Files.createDirectories(file.getParent());
    Files.writeString(file, service + "\n");
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    try (URLClassLoader more =
        new URLClassLoader(
            new URL[] {folder.toUri().toURL()}, OwnModelTest.class.getClassLoader())) {
      thread.setContextClassLoader(more);
      work.run();
    } finally {
      thread.setContextClassLoader(before);
    }
  }
}
