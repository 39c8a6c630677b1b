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
import org.mlora.data.Schema;
import org.mlora.error.InvalidInputException;
import org.mlora.network.Value;
import org.mlora.testing.RandomProblem;
import org.mlora.testing.SharedFiles;

/** Models of other projects; that of {@code tests/example} goes through all tests of models. */
class OwnModelTest {
  @TempDir Path folder;

  /** A model that is laid out nowhere. */
  abstract static class Nowhere implements Model {
    private final String name;

    Nowhere(String name) {
      this.name = name;
    }

    @Override
    public String name() {
      return name;
    }

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
    public SecondMlp() {
      super("mlp");
    }
  }

  /** Has a name that no folder or flag should have. */
  public static final class Misnamed extends Nowhere {
    public Misnamed() {
      super("../Fm");
    }
  }

  /** Does not say what it is called. */
  public static final class Nameless extends Nowhere {
    public Nameless() {
      super("");
    }

    @Override
    public String name() {
      throw new IllegalStateException("no file of names");
    }
  }

  /** Cannot be made. */
  public static final class Unmade extends Nowhere {
    public Unmade() {
      super("unmade");
      throw new IllegalStateException("no file of settings");
    }
  }

  /** Says that it takes adapters, and has nothing that they go to. */
  public static final class Linear extends Nowhere {
    public Linear() {
      super("linear");
    }

    @Override
    public Value logit(Layout layout) {
      return Join.sum(layout, LinearPart.over(layout));
    }
  }

  /** Has two towers, whose parts have the same names. */
  public static final class TwoTowers extends Nowhere {
    public TwoTowers() {
      super("two_towers");
    }

    @Override
    public Value logit(Layout layout) {
      Value x = Embeddings.concatenated(layout);
      return Head.over(layout, DenseTower.over(layout, DenseTower.over(layout, x)));
    }
  }

  /** Is found for a thread and nowhere else. */
  public static final class OfOneThread extends Nowhere {
    public OfOneThread() {
      super("of_one_thread");
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

  @Test
  void whatAModelFailsWithIsSaid() throws IOException {
    refused(
        Nameless.class.getName(),
        "a model of another project cannot be loaded: "
            + Nameless.class.getName()
            + " does not tell its name (java.lang.IllegalStateException: no file of names); mend");
    refused(
        Unmade.class.getName(),
        "a model of another project cannot be loaded: org.mlora.model.Model: Provider "
            + Unmade.class.getName()
            + " could not be instantiated (java.lang.IllegalStateException: no file of settings)");
  }

  @Test
  void aLayoutThatGivesNoModelIsRefused() throws IOException {
    Schema schema = new RandomProblem(1, 2, 0).schema;
    withServices(
        Linear.class.getName() + "\n" + TwoTowers.class.getName(),
        () -> {
          ModelSpec defaults = ModelSpec.defaults();
          assertThatThrownBy(() -> Models.build(defaults.withModel("linear"), schema))
              .isInstanceOf(InvalidInputException.class)
              .hasMessageContaining(
                  "model 'linear' laid out no layer with adapters; use adapter none");
          assertThatThrownBy(() -> Models.build(defaults.withModel("two_towers"), schema))
              .isInstanceOf(InvalidInputException.class)
              .hasMessageContaining("two parts of the model are called 'W0'");
        });
  }

  /** As containers that load an application's classes anew do. */
  @Test
  void aClassThatTwoLoadersLoadIsOneModel() throws IOException {
    ClassLoader known = OwnModelTest.class.getClassLoader();
    URL[] places = {WeighedTower.class.getProtectionDomain().getCodeSource().getLocation()};
    try (URLClassLoader anew =
        new URLClassLoader(places, known) {
          @Override
          protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            boolean own = name.startsWith("org.example.") && findLoadedClass(name) == null;
            return own ? findClass(name) : super.loadClass(name, resolve);
          }
        }) {
      onThreadThatSees(
          anew,
          () -> assertThat(Models.title("weighed_tower")).isEqualTo(new WeighedTower().title()));
    }
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
    URL[] places = {folder.toUri().toURL()};
    try (URLClassLoader more = new URLClassLoader(places, OwnModelTest.class.getClassLoader())) {
      onThreadThatSees(more, work);
    }
  }

  private static void onThreadThatSees(ClassLoader classes, Runnable work) {
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    try {
      thread.setContextClassLoader(classes);
      work.run();
    } finally {
      thread.setContextClassLoader(before);
    }
  }
}
