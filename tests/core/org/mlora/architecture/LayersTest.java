package org.mlora.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mlora.nativelib.NativeLibrary;

/**
 * Data flows one way: files, columns, batches, networks, engines, predictions, metrics. These tests
 * hold every package to what lies below it.
 */
class LayersTest {
  private static final JavaClasses CORE =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("org.mlora");

  /** What each package may use of ours, besides itself and the errors. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ':',
      value = {
        "error:''",
        "random:''",
        "network:''",
        "data:network random",
        "metric:data",
        "calibration:data",
        "report:metric data",
        "model:backend network data random",
        "nativelib:''",
        "backend:network data random train nativelib",
      })
  void a_package_uses_only_what_lies_below_it(String name, String below) {
    classes()
        .that()
        .resideInAPackage("org.mlora." + name + "..")
        // The generator knows the truth, and rates it as predictions are rated.
        .and()
        .resideOutsideOfPackage("org.mlora.data.synthetic..")
        .should()
        .onlyDependOnClassesThat(
            not(resideInAPackage("org.mlora.."))
                .or(resideInAnyPackage(packages(name + " error " + below))))
        .check(CORE);
  }

  @Test
  void networks_and_errors_need_nothing_but_the_jdk() {
    classes()
        .that()
        .resideInAnyPackage("org.mlora.network..", "org.mlora.error..", "org.mlora.random..")
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(
                "java..",
                "org.jspecify..",
                "org.mlora.network..",
                "org.mlora.error..",
                "org.mlora.random.."))
        .check(CORE);
  }

  @Test
  void only_the_cpu_backend_touches_the_native_library() {
    noClasses()
        .that()
        .resideOutsideOfPackages("org.mlora.nativelib..", "org.mlora.backend.cpu..")
        .should()
        .dependOnClassesThat(resideInAnyPackage("org.mlora.nativelib..", "org.bytedeco.."))
        .check(CORE);
  }

  @Test
  void backends_do_not_know_each_other() {
    noClasses()
        .that()
        .resideInAPackage("org.mlora.backend.cpu..")
        .should()
        .dependOnClassesThat(resideInAPackage("org.mlora.backend.reference.."))
        .check(CORE);
    noClasses()
        .that()
        .resideInAPackage("org.mlora.backend.reference..")
        .should()
        .dependOnClassesThat(resideInAPackage("org.mlora.backend.cpu.."))
        .check(CORE);
  }

  @Test
  void models_and_training_reach_a_device_only_through_the_interfaces() {
    noClasses()
        .that()
        .resideInAnyPackage("org.mlora.model..", "org.mlora.train..", "org.mlora.checkpoint..")
        .should()
        .dependOnClassesThat(
            resideInAnyPackage("org.mlora.backend.cpu..", "org.mlora.backend.reference.."))
        .check(CORE);
  }

  @Test
  void training_draws_no_reports() {
    noClasses()
        .that()
        .resideInAPackage("org.mlora.train..")
        .should()
        .dependOnClassesThat(resideInAPackage("org.mlora.report.."))
        .allowEmptyShould(true)
        .check(CORE);
  }

  @Test
  void the_library_writes_nothing_to_standard_output() {
    noClasses()
        .should()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .check(CORE);
  }

  @Test
  void packages_are_named_by_subject() {
    noClasses()
        .should()
        .resideInAnyPackage("..util..", "..impl..", "..common..", "..manager..", "..helper..")
        .orShould()
        .haveSimpleNameEndingWith("Util")
        .orShould()
        .haveSimpleNameEndingWith("Utils")
        .orShould()
        .haveSimpleNameEndingWith("Impl")
        .orShould()
        .haveSimpleNameEndingWith("Helper")
        .orShould()
        .haveSimpleNameEndingWith("Manager")
        .check(CORE);
  }

  @Test
  void the_rules_see_the_packages_that_there_are() {
    Set<String> seen = new TreeSet<>();
    for (JavaClass type : CORE) {
      seen.add(type.getPackageName());
    }
    assertThat(seen)
        .contains(
            "org.mlora.network",
            "org.mlora.data",
            "org.mlora.backend.cpu",
            NativeLibrary.class.getPackageName());
  }

  private static String[] packages(String names) {
    return Arrays.stream(names.split(" "))
        .map(name -> "org.mlora." + name + "..")
        .toArray(String[]::new);
  }
}
