package org.mlora.cli;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.mlora.backend.DeviceOptions;
import org.mlora.calibration.CalibrationScope;
import org.mlora.data.Label;
import org.mlora.data.Split;
import org.mlora.data.UnknownDomain;
import org.mlora.metric.Metric;
import org.mlora.model.AdapterSpec;
import org.mlora.train.Batching;
import org.mlora.train.Optimizer;
import org.mlora.train.Phases;
import picocli.CommandLine.ITypeConverter;

/** Flags whose values are words of a closed set, one converter each. */
final class Words {
  private Words() {}

  static final class OfBatching implements ITypeConverter<Batching> {
    @Override
    public Batching convert(String text) {
      return FlagTypes.word(text, Batching.class);
    }
  }

  static final class OfPhases implements ITypeConverter<Phases> {
    @Override
    public Phases convert(String text) {
      return FlagTypes.word(text, Phases.class);
    }
  }

  static final class OfMethod implements ITypeConverter<TrainingFlags.Method> {
    @Override
    public TrainingFlags.Method convert(String text) {
      return FlagTypes.word(text, TrainingFlags.Method.class);
    }
  }

  static final class OfQuirk implements ITypeConverter<Quirk> {
    @Override
    public Quirk convert(String text) {
      return FlagTypes.word(text, Quirk.class);
    }
  }

  /** The quirks of a list; words that are none are left for the parser of flags to refuse. */
  static Set<Quirk> quirks(String list) {
    List<String> words = List.of(list.split(",", -1));
    Set<Quirk> quirks = EnumSet.noneOf(Quirk.class);
    for (Quirk quirk : Quirk.values()) {
      if (words.contains(Label.of(quirk))) {
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

  static final class OfEpsilonRule implements ITypeConverter<Optimizer.EpsilonRule> {
    @Override
    public Optimizer.EpsilonRule convert(String text) {
      return FlagTypes.word(text, Optimizer.EpsilonRule.class);
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

  static final class OfCalibration implements ITypeConverter<CalibrationScope> {
    @Override
    public CalibrationScope convert(String text) {
      return FlagTypes.word(text, CalibrationScope.class);
    }
  }

  static final class OfSplit implements ITypeConverter<Split> {
    @Override
    public Split convert(String text) {
      return FlagTypes.word(text, Split.class);
    }
  }

  static final class OfUnknownDomain implements ITypeConverter<UnknownDomain> {
    @Override
    public UnknownDomain convert(String text) {
      return FlagTypes.word(text, UnknownDomain.class);
    }
  }

  static final class OfGate implements ITypeConverter<AdapterSpec.MoeMlora.Gate> {
    @Override
    public AdapterSpec.MoeMlora.Gate convert(String text) {
      return FlagTypes.word(text, AdapterSpec.MoeMlora.Gate.class);
    }
  }

  static final class OfAdapter implements ITypeConverter<AdapterName> {
    @Override
    public AdapterName convert(String text) {
      return FlagTypes.word(text, AdapterName.class);
    }
  }
}
