package org.mlora.data;

import java.nio.FloatBuffer;
import java.nio.file.Path;

/**
 * A prepared data set: a folder with {@code schema.json}, vocabularies, and a folder of {@code .npy}
 * columns for each split, memory-mapped.
 */
public final class Dataset implements AutoCloseable {
  private Dataset() {}

  /** Opens a prepared folder after checking its files. */
  public static Dataset open(Path folder) {
    throw new IllegalStateException("to be written: " + folder);
  }

  public Schema schema() {
    throw new IllegalStateException("to be written");
  }

  /** The rows of a split; fields in the schema's order. */
  public Columns columns(Split split) {
    throw new IllegalStateException("to be written: " + split);
  }

  /** Embeddings of a pretrained field, (idCount, width). */
  public FloatBuffer pretrained(String field) {
    throw new IllegalStateException("to be written: " + field);
  }

  /** Identifies the content: the checksum of the data set's manifest. */
  public String checksum() {
    throw new IllegalStateException("to be written");
  }

  @Override
  public void close() {}
}
