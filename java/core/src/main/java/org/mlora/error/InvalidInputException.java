package org.mlora.error;

/** The user's file, flag or value is wrong; the message names it and the remedy. Exit code 2. */
public final class InvalidInputException extends MloraException {
  /** Takes a message of one line: what, where, and what to do. */
  public InvalidInputException(String message) {
    super(message);
  }

  /** The same, with what brought it about. */
  public InvalidInputException(String message, Throwable cause) {
    super(message, cause);
  }

  /** The same with a message that begins with the file, or what of it, where that is. */
  public InvalidInputException in(String where) {
    String message = String.valueOf(getMessage());
    return message.startsWith(where)
        ? this
        : new InvalidInputException(where + ": " + message, this);
  }
}
