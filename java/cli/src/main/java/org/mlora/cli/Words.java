package org.mlora.cli;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.mlora.backend.DeviceOptions;
import org.mlora.data.EnumLabel;
import org.mlora.metric.Metric;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.OptionSpec;

/** Flags whose values are words of a closed set. */
final class Words {
  private Words() {}

  /** Lets flags of enums take the labels of their constants, where they have no own converter. */
  static void register(CommandLine command) {
    for (OptionSpec option : command.getCommandSpec().options()) {
      for (Class<?> type : option.auxiliaryTypes()) {
        if (type.isEnum()) {
          register(command, type.asSubclass(Enum.class));
        }
      }
    }
    command.getSubcommands().values().forEach(Words::register);
  }

  private static <E extends Enum<?>> void register(CommandLine command, Class<E> type) {
    command.registerConverter(type, text -> FlagTypes.word(text, type));
  }

  /** The quirks of a list; words that are none are left for the parser of flags to refuse. */
  static Set<Quirk> quirks(String list) {
    List<String> words = List.of(list.split(",", -1));
    Set<Quirk> quirks = EnumSet.noneOf(Quirk.class);
    for (Quirk quirk : Quirk.values()) {
      if (words.contains(EnumLabel.of(quirk))) {
        quirks.add(quirk);
      }
    }
    return quirks;
  }

  static final class OfPrecision implements ITypeConverter<String> {
    @Override
    public String convert(String text) {
      return FlagTypes.oneOf(text, DeviceOptions.PRECISIONS);
    }
  }

  static final class OfProducts implements ITypeConverter<String> {
    @Override
    public String convert(String text) {
      return FlagTypes.oneOf(text, DeviceOptions.PRODUCTS);
    }
  }

  static final class OfMetric implements ITypeConverter<Metric> {
    @Override
    public Metric convert(String text) {
      return FlagTypes.word(
          text,
          Stream.of(Metric.values()).filter(m -> m.better() != Metric.Better.NEAR_ONE).toList());
    }
  }
}
