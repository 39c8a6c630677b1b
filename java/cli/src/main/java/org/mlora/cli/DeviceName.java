package org.mlora.cli;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.mlora.data.Label;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * What {@code --device} says.
 *
 * @param index number of the device of its kind, from 0
 */
record DeviceName(Kind kind, int index) {
  /** Kinds of devices. */
  enum Kind {
    AUTO,
    CPU,
    REFERENCE,
    CUDA
  }

  private static final Pattern NUMBERED = Pattern.compile("cuda:(\\d{1,3})");

  /** Reads the flag, with picocli's error where it is no device. */
  static final class Converter implements ITypeConverter<DeviceName> {
    @Override
    public DeviceName convert(String text) {
      String word = text.strip().toLowerCase(Locale.ROOT);
      Matcher numbered = NUMBERED.matcher(word);
      if (numbered.matches()) {
        return new DeviceName(Kind.CUDA, Integer.parseInt(numbered.group(1)));
      }
      if (word.startsWith("cuda:")) {
        throw new TypeConversionException(
            "'" + text + "' has no number of a device; give cuda:0, cuda:1 and so on");
      }
      return new DeviceName(FlagTypes.word(text, Kind.class), 0);
    }
  }

  @Override
  public String toString() {
    String name = Label.of(kind);
    return index == 0 ? name : name + ":" + index;
  }
}
