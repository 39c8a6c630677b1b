package org.mlora.network;

/** What one row of a parameter belongs to; rows that a batch does not touch are updated lazily. */
public enum RowKind {
  /** The parameter is one row: every batch touches all of it. */
  WHOLE,
  /** Row i belongs to id i of a field. */
  BY_ID,
  /** Row d belongs to domain d. */
  BY_DOMAIN
}
