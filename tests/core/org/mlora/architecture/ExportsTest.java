package org.mlora.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleDescriptor.Requires;
import java.lang.module.ModuleFinder;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.mlora.train.Trainer;

/** Who requires the module alone can call all that it exports. */
class ExportsTest {
  private static final String CORE = "org.mlora.core";

  @Test
  void signatures_name_only_what_the_module_passes_on() throws Exception {
    Path core = place(Trainer.class);
    ModuleFinder modules = ModuleFinder.of(core, place(JsonNode.class));
    // Each of these modules is called as the package that all of its packages begin with.
    List<String> known = Stream.concat(Stream.of("java"), passedOn(CORE, modules)).toList();
    List<String> exported =
        modules.find(CORE).orElseThrow().descriptor().exports().stream()
            .filter(exports -> !exports.isQualified())
            .map(ModuleDescriptor.Exports::source)
            .toList();
    List<String> others =
        new ClassFileImporter()
            .importPath(core).stream()
                .filter(c -> exported.contains(c.getPackageName()) && isVisible(c.getModifiers()))
                .flatMap(c -> c.getCodeUnits().stream())
                .filter(unit -> isVisible(unit.getModifiers()) && !namesOnly(known, exported, unit))
                .map(JavaCodeUnit::getFullName)
                .toList();
    assertThat(exported).contains(Trainer.class.getPackageName());
    assertThat(others).isEmpty();
  }

  private static Path place(Class<?> known) throws URISyntaxException {
    return Path.of(known.getProtectionDomain().getCodeSource().getLocation().toURI());
  }

  /** The modules that whoever requires this one reads as well. */
  private static Stream<String> passedOn(String module, ModuleFinder modules) {
    return modules.find(module).stream()
        .flatMap(found -> found.descriptor().requires().stream())
        .filter(other -> other.modifiers().contains(Requires.Modifier.TRANSITIVE))
        .flatMap(other -> Stream.concat(Stream.of(other.name()), passedOn(other.name(), modules)));
  }

  private static boolean isVisible(Set<JavaModifier> modifiers) {
    return modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED);
  }

  /** Type arguments too, such as those of an {@code Optional}. */
  private static boolean namesOnly(List<String> known, List<String> exported, JavaCodeUnit unit) {
    return Stream.concat(Stream.of(unit.getReturnType()), unit.getParameterTypes().stream())
        .flatMap(type -> type.getAllInvolvedRawTypes().stream())
        .map(JavaClass::getBaseComponentType)
        .allMatch(
            type ->
                type.isPrimitive()
                    || known.stream().anyMatch(name -> type.getName().startsWith(name + "."))
                    || (exported.contains(type.getPackageName())
                        && isVisible(type.getModifiers())));
  }
}
