package org.mlora.data;

/** What to do with a row whose domain is not in the schema. */
public enum UnknownDomain {
  /** Refuse the row. */
  ERROR,
  /** Take the row with domain -1: predictions use the backbone only. */
  FALLBACK,
  /** Leave the row out. */
  SKIP
}
