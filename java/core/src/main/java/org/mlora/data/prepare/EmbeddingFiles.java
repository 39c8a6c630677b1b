package org.mlora.data.prepare;

import java.nio.FloatBuffer;
import java.nio.file.Path;
import org.mlora.data.Field;
import org.mlora.data.Vocabulary;
import org.mlora.data.npy.NpyFile;
import org.mlora.error.InvalidInputException;

/** Reads the files of a pretrained field. */
final class EmbeddingFiles {
  private EmbeddingFiles() {}

  /**
   * Reads the ids and maps the matrix.
   *
   * @throws InvalidInputException with the file and its row where they do not fit each other, or a
   *     number is not finite
   */
  static FieldRequest.Kind.Embedded read(FieldRequest.Kind.Pretrained files) {
    Vocabulary ids = Vocabulary.readGiven(files.ids());
    NpyFile matrix = NpyFile.map(files.embeddings());
    FloatBuffer values = matrix.floats();
    if (matrix.rows() != ids.size()) {
      throw new InvalidInputException(
          files.embeddings()
              + " has "
              + matrix.rows()
              + " rows and "
              + files.ids()
              + " "
              + ids.size()
              + " lines; each line names the row of the same number");
    }
    requireUsable(files.embeddings(), values, matrix.width());
    return new FieldRequest.Kind.Embedded(ids, values, matrix.width(), files.trained());
  }

  private static void requireUsable(Path file, FloatBuffer values, int width) {
    if (width < 1 || width > Field.MAX_WIDTH) {
      throw new InvalidInputException(
          file + " is " + width + " wide; embeddings are 1 to " + Field.MAX_WIDTH + " numbers");
    }
    for (int i = 0; i < values.limit(); i++) {
      if (!Float.isFinite(values.get(i))) {
        throw new InvalidInputException(
            file
                + " row "
                + (i / width + 1)
                + " holds "
                + values.get(i)
                + "; give finite numbers, zeros for instance");
      }
    }
  }
}
