package org.mlora.data.table;

import static org.assertj.core.api.Assertions.assertThat;

import de.siegmar.fastcsv.reader.CsvReader;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.mlora.error.InvalidInputException;

class DelimitedReaderTest {
  private static TableReader open(byte[] bytes) {
    return DelimitedReader.of(
        new ByteArrayInputStream(bytes), "in.csv", DelimitedFormat.automatic());
  }

  @Provide
  Arbitrary<List<List<String>>> tables() {
    return Arbitraries.strings()
        .withChars("ab,\"\n\r ü;\t")
        .ofMaxLength(6)
        .list()
        .ofSize(3)
        .list()
        .ofMaxSize(20);
  }

  @Property(tries = 300)
  void writtenTablesAreReadBack(@ForAll("tables") List<List<String>> table) {
    StringBuilder text = new StringBuilder("x,y,z\n");
    for (List<String> row : table) {
      text.append(
          String.join(",", row.stream().map(c -> '"' + c.replace("\"", "\"\"") + '"').toList()));
      text.append('\n');
    }
    try (TableReader reader = open(text.toString().getBytes(StandardCharsets.UTF_8))) {
      assertThat(Rows.of(reader)).isEqualTo(table);
    }
  }

  @Provide
  Arbitrary<String> texts() {
    return Arbitraries.strings().withChars("ab,\"\n").ofMaxLength(40);
  }

  @Property(tries = 1000)
  void whatIsAcceptedReadsAsFastCsvReadsIt(@ForAll("texts") String body) {
    String text = "x,y\n" + body;
    List<List<String>> ours;
    try (TableReader reader = open(text.getBytes(StandardCharsets.UTF_8))) {
      ours = Rows.of(reader);
    } catch (InvalidInputException e) {
      return;
    }
    List<List<String>> theirs = new ArrayList<>();
    CsvReader.builder().ofCsvRecord(text).forEach(r -> theirs.add(r.getFields()));
    assertThat(ours).isEqualTo(theirs.subList(1, theirs.size()));
  }

  @Property(tries = 1000)
  void anyBytesAreReadOrRefusedAsInvalidInput(@ForAll byte[] bytes) {
    try (TableReader reader = open(bytes)) {
      Rows.of(reader);
    } catch (InvalidInputException e) {
      assertThat(e.getMessage()).contains("in.csv").doesNotContain("\n");
    }
  }

  @Property(tries = 1000)
  void numbersParseAsJavaDoes(@ForAll double number) {
    byte[] bytes = Double.toString(number).getBytes(StandardCharsets.UTF_8);
    double expected = Double.isFinite(number) ? number : Double.NaN;
    assertThat(Numbers.parse(bytes, 0, bytes.length)).isEqualTo(expected);
  }

  @Property(tries = 1000)
  void shortDecimalsParseAsJavaDoes(@ForAll int digits, @ForAll("places") int places) {
    String text = java.math.BigDecimal.valueOf(digits, places).toPlainString();
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    assertThat(Numbers.parse(bytes, 0, bytes.length)).isEqualTo(Double.parseDouble(text));
  }

  @Provide
  Arbitrary<Integer> places() {
    return Arbitraries.integers().between(0, 12);
  }
}
