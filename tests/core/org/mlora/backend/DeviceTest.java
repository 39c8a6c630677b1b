package org.mlora.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mlora.backend.reference.ReferenceBackend;
import org.mlora.error.InvalidInputException;
import org.mlora.error.UnsupportedDeviceException;

/** Devices by name, where there is no module of a GPU. */
class DeviceTest {
  @ParameterizedTest
  @CsvSource({"auto,AUTO,0", "cpu,CPU,0", "reference,REFERENCE,0", "cuda,CUDA,0", "cuda:3,CUDA,3"})
  void namesAreThoseOfTheCommand(String name, Device.Kind kind, int index) {
    assertThat(Device.named(name)).isEqualTo(new Device(kind, index)).hasToString(name);
  }

  @Test
  void namesAreReadInCapitalsToo() {
    assertThat(Device.named(" CUDA:1")).isEqualTo(new Device(Device.Kind.CUDA, 1));
    assertThat(Device.named("Cpu")).isEqualTo(new Device(Device.Kind.CPU, 0));
  }

  @Test
  void numbersAreThoseOfGpus() {
    assertThatThrownBy(() -> new Device(Device.Kind.CPU, 1))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("there is no device 1 of kind cpu; give 0");
    assertThatThrownBy(() -> new Device(Device.Kind.CUDA, -1))
        .isInstanceOf(InvalidInputException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "gpu", "cuda:", "cuda:x", "cpu:1"})
  void otherNamesAreRefused(String name) {
    assertThatThrownBy(() -> Device.named(name))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("'" + name + "' ")
        .hasMessageContaining("; give ");
  }

  @Test
  void autoTakesTheCpuAndSaysWhy() {
    List<String> told = new ArrayList<>();
    Backend cpu = new ReferenceBackend();
    Backend chosen =
        Device.named("auto")
            .open(() -> cpu, DeviceOptions.DEFAULT, (backend, why) -> told.add(why));
    assertThat(chosen).isSameAs(cpu);
    assertThat(told)
        .singleElement()
        .asString()
        .startsWith("auto, as CUDA cannot be used: ")
        .contains("mlora-cuda-VERSION.jar");
  }

  @Test
  void askedByNameNothingTakesThePlaceOfAGpu() {
    assertThatThrownBy(() -> Device.named("cuda").open())
        .isInstanceOf(UnsupportedDeviceException.class)
        .hasMessageContaining("add the jar mlora-cuda-VERSION.jar")
        .hasMessageContaining("in Java: CpuBackend");
  }
}
