package org.mlora.data;

import java.util.Collection;
import java.util.Locale;
import java.util.stream.Collectors;

/** Lists of names for people: all of a short one, the first of a long one. */
public final class Names {
  private static final int MOST = 20;

  private Names() {}

  /**
   * The names, separated by commas, those with commas of their own in quotes; of more than 20 the
   * first, and how many there are.
   */
  public static String listed(Collection<String> names) {
    return listed(names, "");
  }

  /** The same of the domains of a data set or a model, which can be asked for all of them. */
  public static String domains(Collection<String> names) {
    return listed(names, "; 'mlora inspect --json' lists them");
  }

  private static String listed(Collection<String> names, String remedy) {
    String first = names.stream().limit(MOST).map(Names::quoted).collect(Collectors.joining(", "));
    return names.size() <= MOST
        ? first
        : String.format(Locale.ROOT, "%s, ... (%,d in all%s)", first, names.size(), remedy);
  }

  private static String quoted(String name) {
    return name.contains(",") ? "'" + name + "'" : name;
  }
}
