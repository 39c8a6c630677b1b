package org.mlora.cli;

import org.mlora.cli.terminal.Interruption;
import org.mlora.cli.terminal.Terminal;

/** What every command works with. */
record Context(Terminal terminal, Interruption interruption) {}
