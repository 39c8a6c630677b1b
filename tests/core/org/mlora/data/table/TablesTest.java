package org.mlora.data.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.zip.GZIPOutputStream;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Types;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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
    assertThat(rows("\uFEFF\r\n\na;b\n1;ü\n;2\n")).isEqualTo(expected);
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

  @ParameterizedTest
  @CsvSource({
    "504B0304140000, a zip archive or a spreadsheet",
    "425A68393141592653, packed by bzip2",
    "FD377A585A000004, packed by xz",
    "28B52FFD04580900, packed by zstd"
  })
  void compressionsThatAreNotReadAreNamed(String bytes, String what) throws IOException {
    Path file = Files.write(folder.resolve("in.csv"), HexFormat.of().parseHex(bytes));
    assertThatThrownBy(() -> Tables.open(file, DelimitedFormat.automatic()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(what)
        .hasMessageContaining("packed by gzip");
  }

  @Test
  void textThatBeginsLikeACompressionIsRead() throws IOException {
    for (String name : List.of("PK", "BZh", "BZh91")) {
      Path file = Files.writeString(folder.resolve("in.csv"), name + ",b\n1,2\n");
      assertThat(rows(Tables.open(file, DelimitedFormat.automatic()))).hasSize(2);
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
    for (int cut : new int[] {1, 7}) {
      Files.write(file, Arrays.copyOf(bytes, bytes.length - cut));
      assertThatThrownBy(() -> rows(Tables.open(file, DelimitedFormat.automatic())))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContainingAll("in.gz", "ends too early", "use another copy");
    }
    byte[] flipped = bytes.clone();
    flipped[bytes.length - 5] ^= 1;
    Files.write(file, flipped);
    assertThatThrownBy(() -> rows(Tables.open(file, DelimitedFormat.automatic())))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContainingAll("in.gz", "gzip data are damaged", "use another copy");
    Files.write(file, Arrays.copyOf(bytes, bytes.length - 1000));
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag("hi-IN-u-nu-deva")); // whose digits are others
    try {
      assertThatThrownBy(() -> rows(Tables.open(file, DelimitedFormat.automatic())))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageMatching(".*in.gz line [0-9]{2},[0-9]{3}: .*");
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void twoCharacterDelimitersAndGivenColumnNamesServeMovieLens() throws IOException {
    Path file = Files.writeString(folder.resolve("in"), "1::2:3::4\n5::\"::\n");
    assertThat(rows(DelimitedReader.open(file, DelimitedFormat.plain("::", "a", "b", "c"))))
        .containsExactly(List.of("a", "b", "c"), List.of("1", "2:3", "4"), List.of("5", "\"", ""));
  }

  @Test
  void givenNamesAreReadAsThoseOfAHeaderAre() {
    assertThat(DelimitedFormat.plain(",", " a", "b ").columns()).containsExactly("a", "b");
    assertThatThrownBy(() -> DelimitedFormat.plain(",", "a", "b", " a"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("the columns (--columns) name 'a' twice");
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
    for (CompressionCodecName codec :
        List.of(
            CompressionCodecName.SNAPPY,
            CompressionCodecName.GZIP,
            CompressionCodecName.ZSTD,
            CompressionCodecName.UNCOMPRESSED)) {
      Files.deleteIfExists(file);
      ParquetFiles.write(
          file,
          schema,
          codec,
          List.of(
              List.of(
                  out -> out.addLong(7),
                  out -> out.addBinary(Binary.fromString("ä")),
                  out -> out.addDouble(2.5),
                  out -> out.addBoolean(true)),
              Arrays.asList(
                  out -> out.addLong(8),
                  null,
                  out -> out.addDouble(-1),
                  out -> out.addBoolean(false))));
      assertThat(rows(Tables.open(file, DelimitedFormat.automatic())))
          .containsExactly(
              List.of("user", "item", "price", "click"),
              List.of("7", "ä", "2.5", "1"),
              List.of("8", "", "-1.0", "0"));
    }
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
    assertThatThrownBy(() -> rows(Tables.open(file, DelimitedFormat.automatic())))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("no readable Parquet file: it is not a Parquet file")
        .hasMessageEndingWith("; get it again, it may be cut off");
  }

  @Test
  void parquetIntegersThatStandForDecimalsOrHaveNoSignAndRawBytesAreReadAsMeant()
      throws IOException {
    MessageType schema =
        new MessageType(
            "row",
            Types.required(PrimitiveTypeName.INT32)
                .as(LogicalTypeAnnotation.decimalType(1, 3))
                .named("price"),
            Types.required(PrimitiveTypeName.INT64)
                .as(LogicalTypeAnnotation.decimalType(2, 18))
                .named("sum"),
            Types.required(PrimitiveTypeName.INT32)
                .as(LogicalTypeAnnotation.intType(32, false))
                .named("user"),
            Types.required(PrimitiveTypeName.INT64)
                .as(LogicalTypeAnnotation.intType(64, false))
                .named("item"),
            Types.required(PrimitiveTypeName.BINARY).named("raw"),
            Types.required(PrimitiveTypeName.INT32)
                .as(LogicalTypeAnnotation.dateType())
                .named("day"));
    Path file =
        ParquetFiles.write(
            folder.resolve("in.parquet"),
            schema,
            CompressionCodecName.UNCOMPRESSED,
            List.of(
                List.of(
                    out -> out.addInteger(30),
                    out -> out.addLong(-1234567),
                    out -> out.addInteger(-1),
                    out -> out.addLong(-1),
                    out -> out.addBinary(Binary.fromString("ü1")),
                    out -> out.addInteger(19000))));
    assertThat(rows(Tables.open(file, DelimitedFormat.automatic())).get(1))
        .containsExactly("3.0", "-12345.67", "4294967295", "18446744073709551615", "ü1", "19000");
  }

  @Test
  void parquetOfACodecThatIsNotReadIsRefusedByItsName() throws IOException {
    MessageType schema =
        new MessageType("row", Types.required(PrimitiveTypeName.INT32).named("user"));
    Path file =
        ParquetFiles.write(
            folder.resolve("in.parquet"),
            schema,
            CompressionCodecName.BROTLI,
            List.of(List.of(out -> out.addInteger(1))));
    assertThatThrownBy(() -> rows(Tables.open(file, DelimitedFormat.automatic())))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("in.parquet")
        .hasMessageContaining("BROTLI")
        .hasMessageContaining("write it with snappy, gzip, zstd or no compression");
  }

  @Test
  void parquetFromAPipeIsRefusedAsSuch() {
    InputStream pipe = new ByteArrayInputStream("PAR1\0\1,\n".getBytes(StandardCharsets.UTF_8));
    assertThatThrownBy(() -> DelimitedReader.of(pipe, "pipe", DelimitedFormat.automatic()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("pipe holds Parquet, which is read from files only");
  }

  @Test
  void allMembersOfAGzipStreamAreReadThoughItDoesNotSayThatMoreWillCome() throws IOException {
    List<InputStream> members = new ArrayList<>();
    for (String text : List.of("a,b\n", "1,2\n", "3,4\n")) {
      ByteArrayOutputStream member = new ByteArrayOutputStream();
      try (OutputStream out = new GZIPOutputStream(member)) {
        out.write(text.getBytes(StandardCharsets.UTF_8));
      }
      members.add(new ByteArrayInputStream(member.toByteArray()));
    }
    InputStream pipe =
        new FilterInputStream(new SequenceInputStream(Collections.enumeration(members))) {
          @Override
          public int available() {
            return 0;
          }
        };
    assertThat(rows(DelimitedReader.of(pipe, "pipe", DelimitedFormat.automatic())))
        .containsExactly(List.of("a", "b"), List.of("1", "2"), List.of("3", "4"));
  }

  @Test
  void aPipeWithANameIsReadFromItsFirstByte() throws Exception {
    Path pipe = folder.resolve("pipe");
    Process make;
    try {
      make = new ProcessBuilder("mkfifo", pipe.toString()).start();
    } catch (IOException e) {
      assumeTrue(false, "this system has no mkfifo");
      return;
    }
    assertThat(make.waitFor()).isZero();
    // It opens the pipe once, as a shell does: a reader that opens it again finds no writer.
    Process writer =
        new ProcessBuilder("sh", "-c", "printf 'abcdef,b\\n1,2\\n' > \"$0\"", pipe.toString())
            .start();
    try {
      assertThat(
              assertTimeoutPreemptively(
                  Duration.ofMinutes(1),
                  () -> rows(Tables.open(pipe, DelimitedFormat.automatic()))))
          .containsExactly(List.of("abcdef", "b"), List.of("1", "2"));
    } finally {
      writer.destroy();
    }
  }
}
