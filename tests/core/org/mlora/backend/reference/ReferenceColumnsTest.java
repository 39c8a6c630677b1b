package org.mlora.backend.reference;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.mlora.data.Column;
import org.mlora.data.Columns;
import org.mlora.data.Field;
import org.mlora.data.Schema;
import org.mlora.error.InvalidInputException;
import org.mlora.error.InvalidShapeException;
import org.mlora.model.ModelSpec;
import org.mlora.model.Models;
import org.mlora.network.Network;
import org.mlora.network.Pooling;
import org.mlora.testing.Buffers;

class ReferenceColumnsTest {
  private static final Field.IdRule WORDS = new Field.IdRule.Vocabulary();
  private static final Network NETWORK =
      Models.build(
          ModelSpec.defaults(),
          new Schema(
              "label",
              "label",
              "domain",
              List.of("a", "b"),
              List.of(
                  new Field.Categorical("uid", 3, WORDS, OptionalInt.empty()),
                  new Field.MultiValued("tags", 4, WORDS, ";", Pooling.SUM, OptionalInt.empty()),
                  new Field.Numeric("age", new Field.NumberRule.Raw(), OptionalInt.empty()))));

  private static Columns columns(
      int[] ids, long[] offsets, int[] tags, float[] ages, int[] domains, float[] labels) {
    return new Columns(
        2,
        List.of(
            new Column.Ids(Buffers.ints(ids)),
            new Column.Bags(Buffers.longs(offsets), Buffers.ints(tags)),
            new Column.Numbers(Buffers.floats(ages))),
        Buffers.ints(domains),
        Buffers.floats(labels));
  }

  private static int[] i(int... values) {
    return values;
  }

  private static long[] l(long... values) {
    return values;
  }

  private static float[] f(float... values) {
    return values;
  }

  private static Executable load(
      int[] ids, long[] offsets, int[] tags, float[] ages, int[] domains, float[] labels) {
    return () ->
        new ReferenceColumns(NETWORK, columns(ids, offsets, tags, ages, domains, labels)).close();
  }

  private static void refused(Executable load, Class<?> type, String message) {
    assertThatThrownBy(load::execute).isInstanceOf(type).hasMessageContaining(message);
  }

  @Test
  void rowsWithUnknownIdsUnknownDomainsEmptyBagsAndNoLabelsAreRead() {
    assertThatCode(load(i(-1, 2), l(0, 0, 2), i(3, 3), f(0, -2), i(-1, 1), f())::execute)
        .doesNotThrowAnyException();
  }

  @Test
  void valuesOutOfRangeAreNamedWithTheirRow() {
    Class<?> input = InvalidInputException.class;
    refused(
        load(i(0, 3), l(0, 0, 0), i(), f(0, 0), i(0, 0), f(0, 1)), input, "row 1: id 3 of 'uid'");
    refused(
        load(i(0, 0), l(0, 1, 1), i(4), f(0, 0), i(0, 0), f(0, 1)), input, "row 0: id 4 of 'tags'");
    refused(
        load(i(0, 0), l(0, 0, 0), i(), f(0, Float.NaN), i(0, 0), f(0, 1)), input, "row 1: 'age'");
    refused(load(i(0, 0), l(0, 0, 0), i(), f(0, 0), i(0, 2), f(0, 1)), input, "row 1: domain 2");
    refused(load(i(0, 0), l(0, 0, 0), i(), f(0, 0), i(-2, 0), f(0, 1)), input, "row 0: domain -2");
    refused(load(i(0, 0), l(0, 0, 0), i(), f(0, 0), i(0, 0), f(0, 2)), input, "row 1: label 2.0");
    refused(
        load(i(0, 0), l(0, 0, 0), i(), f(0, 0), i(0, 0), f(Float.NaN, 1)),
        input,
        "row 0: label NaN");
  }

  @Test
  void columnsThatDoNotFitTheNetworkAreRefused() {
    Class<?> shape = InvalidShapeException.class;
    refused(load(i(0), l(0, 0, 0), i(), f(0, 0), i(0, 0), f(0, 1)), shape, "'uid' has 1");
    refused(load(i(0, 0), l(0, 0), i(), f(0, 0), i(0, 0), f(0, 1)), shape, "'tags' has 2");
    refused(load(i(0, 0), l(0, 2, 1), i(1, 1), f(0, 0), i(0, 0), f(0, 1)), shape, "offsets");
    refused(load(i(0, 0), l(0, 0, 3), i(1, 1), f(0, 0), i(0, 0), f(0, 1)), shape, "offsets");
    refused(load(i(0, 0), l(0, 0, 0), i(), f(0), i(0, 0), f(0, 1)), shape, "'age' has 1");
    refused(load(i(0, 0), l(0, 0, 0), i(), f(0, 0), i(0), f(0, 1)), shape, "'domain' has 1");
    Columns fewer = new Columns(2, List.of(), Buffers.ints(0, 0), Buffers.floats(0, 1));
    assertThatThrownBy(() -> new ReferenceColumns(NETWORK, fewer))
        .isInstanceOf(InvalidShapeException.class)
        .hasMessageContaining("3 columns");
  }
}
