package org.mlora.data.prepare;

import java.io.IOException;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.mlora.data.npy.NpyFile;
import org.mlora.data.npy.NpyType;
import org.mlora.data.npy.NpyWriter;
import org.mlora.data.store.FileErrors;

/** A column set aside on the disk between the pass over the text and the pass over ids. */
final class Spool implements AutoCloseable {
  private final Path path;
  private final NpyWriter writer;

  Spool(Path folder, String name, NpyType type) {
    this.path = folder.resolve(name);
    this.writer = NpyWriter.vector(path, type);
  }

  NpyWriter writer() {
    return writer;
  }

  IntBuffer ints() {
    writer.close();
    return NpyFile.map(path).ints();
  }

  FloatBuffer floats() {
    writer.close();
    return NpyFile.map(path).floats();
  }

  DoubleBuffer doubles() {
    writer.close();
    return NpyFile.map(path).doubles();
  }

  LongBuffer longs() {
    writer.close();
    return NpyFile.map(path).longs();
  }

  /** Gives the disk space back. */
  void delete() {
    writer.abandon();
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      throw FileErrors.cannotWrite(path, e);
    }
  }

  @Override
  public void close() {
    writer.abandon();
  }
}
