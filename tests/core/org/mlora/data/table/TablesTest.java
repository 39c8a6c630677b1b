package org.mlora.data.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import blue.strategic.parquet.ParquetWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Types;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mlora.error.InvalidInputException;

class TablesTest {
  @TempDir Path folder;

  private static List<List<String>> rows(TableReader reader) {
    List<List<String>> rows = new ArrayList<>();
    try (reader) {
      rows.add(reader.header());
      rows.addAll(Rows.of(reader));
    }
    return rows;
  }

  private List<List<String>> rows(byte[] content) throws IOException {
    return rows(
        Tables.open(Files.write(folder.resolve("in"), content), DelimitedFormat.automatic()));
  }

  private List<List<String>> rows(String text) throws IOException {
    return rows(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void delimiterIsFoundOutAndByteOrderMarkLineEndsAndBlankLinesDoNotMatter() throws IOException {
    List<List<String>> expected = List.of(List.of("a", "b"), List.of("1", "ü"), List.of("", "2"));
    assertThat(rows("a,b\n1,ü\n,2\n")).isEqualTo(expected);
    assertThat(rows("\uFEFFa\tb\r\n1\tü\r\n\r\n\t2")).isEqualTo(expected);
    assertThat(rows("\"a\";b\n\n1;ü\n\"\";2\n")).isEqualTo(expected);
    assertThat(rows("a|b\n1|\"ü\"\n|\"2\"")).isEqualTo(expected);
  }

  @Test
  void quotedCellsHoldDelimitersQuotesAndLineBreaksAndLinesStayCounted() throws IOException {
    Path file = folder.resolve("in");
    Files.writeString(file, "a,b\n\"x,\"\"y\"\"\n\",1\nlast,2\n");
    try (TableReader reader = Tables.open(file, DelimitedFormat.automatic())) {
      assertThat(reader.next()).isTrue();
      assertThat(reader.text(0)).isEqualTo("x,\"y\"\n");
      assertThat(reader.next()).isTrue();
      assertThat(reader.line()).isEqualTo(4);
      assertThat(reader.next()).isFalse();
    }
  }

  @Test
  void gzipIsUnpackedAndTruncatedGzipIsNamed() throws IOException {
    Path file = folder.resolve("in.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
      for (int i = 0; i < 100_000; i++) {
        out.write(
            (i == 0 ? "a,b\n" : i + "," + 7919L * i * i % 10007 + "\n")
                .getBytes(StandardCharsets.UTF_8));
      }
    }
    assertThat(rows(Tables.open(file, DelimitedFormat.automatic()))).hasSize(100_000);
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, bytes.length - 1000));
    assertThatThrownBy(() -> rows(Tables.open(file, DelimitedFormat.automatic())))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("in.gz");
  }

  @Test
  void twoCharacterDelimitersAndGivenColumnNamesServeMovieLens() throws IOException {
    Path file = Files.writeString(folder.resolve("in"), "1::2:3::4\n5::\"::\n");
    assertThat(rows(DelimitedReader.open(file, DelimitedFormat.plain("::", "a", "b", "c"))))
        .containsExactly(List.of("a", "b", "c"), List.of("1", "2:3", "4"), List.of("5", "\"", ""));
  }

  @Test
  void parquetRowsComeAsText() throws IOException {
    MessageType schema =
        new MessageType(
            "row",
            Types.required(PrimitiveTypeName.INT64).named("user"),
            Types.optional(PrimitiveTypeName.BINARY)
                .as(LogicalTypeAnnotation.stringType())
                .named("item"),
            Types.required(PrimitiveTypeName.DOUBLE).named("price"),
            Types.required(PrimitiveTypeName.BOOLEAN).named("click"));
    Path file = folder.resolve("in.parquet");
    try (ParquetWriter<Object[]> writer =
        ParquetWriter.writeFile(
            schema,
            file.toFile(),
            (row, out) -> {
              out.write("user", row[0]);
              if (!row[1].equals("")) {
                out.write("item", row[1]);
              }
              out.write("price", row[2]);
              out.write("click", row[3]);
            })) {
      writer.write(new Object[] {7L, "ä", 2.5, true});
      writer.write(new Object[] {8L, "", -1.0, false});
    }
    assertThat(rows(Tables.open(file, DelimitedFormat.automatic())))
        .containsExactly(
            List.of("user", "item", "price", "click"),
            List.of("7", "ä", "2.5", "1"),
            List.of("8", "", "-1.0", "0"));
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
    assertThatThrownBy(() -> rows(Tables.open(file, DelimitedFormat.automatic())))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("no readable Parquet file");
  }
}
