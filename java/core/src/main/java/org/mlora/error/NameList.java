package org.mlora.error;

import java.util.List;

/** Names in messages: quoted, as they may have spaces and commas, and not too many. */
public final class NameList {
  private static final int SHOWN = 20;

  private NameList() {}

  /** The first of these names, and how many there are in all. */
  public static String of(List<String> names) {
    String shown = "'" + String.join("', '", names.subList(0, Math.min(SHOWN, names.size()))) + "'";
    return names.size() > SHOWN ? shown + ", ... (" + names.size() + " in all)" : shown;
  }
}
