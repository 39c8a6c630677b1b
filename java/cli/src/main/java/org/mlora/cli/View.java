package org.mlora.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.Charset;

/** A result that can be shown. */
interface View {
  JsonNode json();

  /** For people, on a terminal of this charset. */
  String text(Charset charset);
}
