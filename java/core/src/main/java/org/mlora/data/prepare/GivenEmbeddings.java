package org.mlora.data.prepare;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.mlora.data.Vocabulary;
import org.mlora.data.npy.NpyType;
import org.mlora.data.npy.NpyWriter;
import org.mlora.data.table.DelimitedFormat;
import org.mlora.data.table.DelimitedReader;
import org.mlora.data.table.Numbers;
import org.mlora.data.table.TableReader;
import org.mlora.data.table.TextList;
import org.mlora.error.InvalidInputException;

/**
 * A file of embeddings as Taobao's: a header, then an id and its numbers with spaces between them
 * on each line.
 */
record GivenEmbeddings(Path file) {
  private static final DelimitedFormat FORMAT =
      new DelimitedFormat(Optional.of(","), List.of(), true);
  private static final byte[] SPACE = {' '};

  /**
   * The ids that have an embedding; an empty one is none, as an empty cell means a missing value.
   */
  Vocabulary ids(LongConsumer progress) {
    Vocabulary ids = new Vocabulary();
    try (TableReader reader = open()) {
      while (reader.next()) {
        if (reader.start(0) < reader.end(0)) {
          ids.add(reader.bytes(), reader.start(0), reader.end(0));
        }
        progress.accept(reader.bytesRead());
      }
    }
    return ids;
  }

  /**
   * Writes the embeddings of some ids as a matrix with a row each, and the ids, one a line.
   *
   * @param used the ids that are wanted
   * @throws InvalidInputException with file and line where an embedding has another width, or is no
   *     list of numbers
   */
  void write(Vocabulary used, Path matrix, Path ids, LongConsumer progress) {
    Vocabulary written = new Vocabulary();
    try (TableReader reader = open()) {
      int width = -1;
      Optional<NpyWriter> out = Optional.empty();
      try {
        while (reader.next()) {
          progress.accept(reader.bytesRead());
          int from = reader.start(0);
          int to = reader.end(0);
          boolean wanted = used.id(reader.bytes(), from, to) > 0;
          if (!wanted || written.id(reader.bytes(), from, to) > 0) {
            continue;
          }
          written.add(reader.bytes(), from, to);
          float[] numbers = numbers(reader);
          if (out.isEmpty()) {
            width = numbers.length;
            out = Optional.of(NpyWriter.matrix(matrix, NpyType.FLOAT32, width));
          }
          if (numbers.length != width) {
            throw new InvalidInputException(
                reader.place()
                    + " has "
                    + numbers.length
                    + " numbers, the rows above "
                    + width
                    + "; get the file again");
          }
          for (float number : numbers) {
            out.get().put(number);
          }
        }
      } finally {
        out.ifPresent(NpyWriter::close);
      }
    }
    written.write(ids);
  }

  private TableReader open() {
    TableReader reader = DelimitedReader.open(file, FORMAT);
    if (reader.header().size() != 2) {
      reader.close();
      throw new InvalidInputException(
          file
              + " has "
              + reader.header().size()
              + " columns; it should have an id and its embedding, such as 17,0.1 0.2 0.3");
    }
    return reader;
  }

  private static float[] numbers(TableReader reader) {
    byte[] bytes = reader.bytes();
    int[] count = {0};
    TextList.forEach(bytes, reader.start(1), reader.end(1), SPACE, (b, from, to) -> count[0]++);
    float[] numbers = new float[count[0]];
    count[0] = 0;
    TextList.forEach(
        bytes,
        reader.start(1),
        reader.end(1),
        SPACE,
        (b, from, to) -> {
          float number = (float) Numbers.parse(b, from, to);
          if (!Float.isFinite(number)) {
            throw new InvalidInputException(
                reader.place()
                    + ": the embedding's number "
                    + (count[0] + 1)
                    + " is no finite number of 32 bits; get the file again");
          }
          numbers[count[0]++] = number;
        });
    if (numbers.length == 0) {
      throw new InvalidInputException(reader.place() + " has an empty embedding");
    }
    return numbers;
  }
}
