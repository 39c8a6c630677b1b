package org.mlora.cuda.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** Each way to the device lives in its own classes, so that what it lacks stops nothing else. */
class LayersTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("org.mlora");

  @Test
  void nothingButTheCudaModuleKnowsCuda() {
    noClasses()
        .that()
        .resideOutsideOfPackage("org.mlora.cuda..")
        .should()
        .dependOnClassesThat(
            resideInAnyPackage("org.mlora.cuda..", "jcuda..", "org.bytedeco.cuda.."))
        .check(CLASSES);
  }

  @Test
  void jcudaIsTouchedByItsRuntimeAndItsProviderOnly() {
    noClasses()
        .that()
        .resideOutsideOfPackages("org.mlora.cuda.jcuda..", "org.mlora.cuda.gemm.jcublas..")
        .should()
        .dependOnClassesThat(resideInAnyPackage("jcuda.."))
        .check(CLASSES);
  }

  @Test
  void thePresetsOfCudaAreTouchedByTheirProviderOnly() {
    noClasses()
        .that()
        .resideOutsideOfPackage("org.mlora.cuda.gemm.javacpp..")
        .should()
        .dependOnClassesThat(resideInAnyPackage("org.bytedeco.cuda.."))
        .check(CLASSES);
  }

  @Test
  void theSeamsKnowNobodyBehindThem() {
    noClasses()
        .that()
        .resideInAnyPackage("org.mlora.cuda.runtime", "org.mlora.cuda.gemm")
        .should()
        .dependOnClassesThat(
            resideInAnyPackage(
                "org.mlora.cuda.jcuda..",
                "org.mlora.cuda.gemm.jcublas..",
                "org.mlora.cuda.gemm.javacpp..",
                "org.mlora.cuda.gemm.kernels..",
                "org.mlora.cuda.library.."))
        .check(CLASSES);
  }
}
