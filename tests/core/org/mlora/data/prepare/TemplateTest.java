package org.mlora.data.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.IntBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mlora.data.Column;
import org.mlora.data.Dataset;
import org.mlora.data.Field;
import org.mlora.data.Schema;
import org.mlora.data.Split;
import org.mlora.data.Vocabularies;
import org.mlora.data.npy.NpyType;
import org.mlora.data.npy.NpyWriter;
import org.mlora.data.table.LabelRule;
import org.mlora.data.table.TableSource;
import org.mlora.error.InvalidInputException;
import org.mlora.network.Pooling;

/** Tables that are prepared like a data set. */
class TemplateTest {
  private static final String HEADER = "u,d,r,part,price,age,size,h,tags\n";

  @TempDir Path folder;

  private Path table(String name, String rows) throws IOException {
    return Files.writeString(folder.resolve(name + ".csv"), HEADER + rows);
  }

  private static Dataset prepared(TablePreparation.Options options) {
    new TablePreparation(options.withSplit(new SplitRule.ByColumn("part")), Progress.none()).run();
    return Dataset.open(options.out());
  }

  private Dataset first(String fields) throws IOException {
    String rows =
        "a,x,5,0,1,10,1,k1,p;q\nb,y,4,0,3,20,2,k2,\na,x,5,0,,30,4,k3,q\nb,x,1,0,5,40,8,,r;p\n";
    Path table = table("first", rows);
    return prepared(
        TablePreparation.Options.of(
            TableSource.file(table), "r>=4", "d", fields, folder.resolve("data")));
  }

  private TablePreparation.Options like(Dataset data, String rows) throws IOException {
    return TablePreparation.Options.like(
        TableSource.file(table("second", rows)), Template.of(data), folder.resolve("more"));
  }

  private static List<Integer> ids(Dataset data, Split split, int field) {
    IntBuffer ids = ((Column.Ids) data.columns(split).fields().get(field)).ids();
    int[] values = new int[ids.limit()];
    ids.get(values);
    return Arrays.stream(values).boxed().toList();
  }

  @Test
  void fieldsAreThoseOfTheTemplateWhateverTheNewRowsHold() throws IOException {
    String fields =
        "h:hashed(50)@3,price:numeric(standardise)@2,age:numeric(bucketise=3)@5,"
            + "size:numeric(log1p),tags:multi(;,sum)@7,u@6";
    String rows = "a,z,5,0,300,25,7,k1,q;s\nc,z,1,0,-70,5,9,,\na,z,4,0,,999,,k9,p\n";
    try (Dataset data = first(fields);
        Dataset more = prepared(like(data, rows))) {
      assertThat(more.schema().labelRule()).isEqualTo("r>=4");
      assertThat(more.schema().domain()).isEqualTo("d");
      assertThat(more.schema().domains()).containsExactly("z");
      // Four numbers: those of the first rows. Ids are those of the new ones.
      assertThat(more.schema().fields().subList(0, 4))
          .isEqualTo(data.schema().fields().subList(0, 4));
      assertThat(more.schema().fields().get(4))
          .isEqualTo(
              new Field.MultiValued(
                  "tags", 4, new Field.IdRule.Vocabulary(), ";", Pooling.SUM, OptionalInt.of(7)));
      assertThat(more.schema().fields().get(5).embeddingWidth()).hasValue(6);
      // Boundaries 20 and 30; mean 3 and deviation 1.63 of 1, 3 and 5.
      assertThat(ids(more, Split.TRAIN, 2)).containsExactly(2, 1, 3);
      Column.Numbers prices = (Column.Numbers) more.columns(Split.TRAIN).fields().get(1);
      assertThat(prices.numbers().get(0)).isEqualTo((float) (297 / Math.sqrt(8 / 3.0)));
    }
  }

  @Test
  void idsThatTheTemplateKnowsStayKnownHoweverFewTheirRows() throws IOException {
    // a and c train once, b is of a test row, and e of test rows alone is as new as ever.
    String rows = "a,x,5,0,,,,,p\nc,x,1,0,,,,,s\nb,x,5,2,,,,,q\ne,x,5,2,,,,,t\n";
    try (Dataset data = first("u,tags:multi(;)")) {
      Selection twice = new Selection(1, List.of(), Map.of("u", 2, "tags", 2));
      try (Dataset more = prepared(like(data, rows).withSelection(twice))) {
        assertThat(ids(more, Split.TRAIN, 0)).containsExactly(1, 0);
        assertThat(ids(more, Split.TEST, 0)).containsExactly(2, 0);
        Vocabularies words = more.vocabularies();
        assertThat(words.of("u").text(2)).isEqualTo("b");
        assertThat(words.of("tags").size()).isEqualTo(2);
        assertThat(words.of("tags").id("q")).isEqualTo(2);
      }
    }
  }

  private Dataset embedded(String option) throws IOException {
    Path matrix = folder.resolve("e.npy");
    try (NpyWriter out = NpyWriter.matrix(matrix, NpyType.FLOAT32, 2)) {
      out.put(new float[] {1, 2, 3, 4, 5, 6}, 6);
    }
    Path ids = Files.writeString(folder.resolve("ids.txt"), "b\nc\na\n");
    Dataset data = first("u:pretrained(" + matrix + "," + ids + option + ")");
    Files.delete(matrix);
    Files.delete(ids);
    return data;
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ",trained"})
  void givenEmbeddingsAreTakenFromTheDataSet(String option) throws IOException {
    try (Dataset data = embedded(option)) {
      TablePreparation.Options options =
          like(data, "c,x,5,0,,,,,\nnew,x,1,0,,,,,\n").withSplit(new SplitRule.ByColumn("part"));
      PreparationReport report = new TablePreparation(options, Progress.none()).run();
      assertThat(report.rowsWithoutEmbedding()).containsExactly(Map.entry("u", 1L));
      try (Dataset more = Dataset.open(options.out())) {
        assertThat(more.schema().fields()).isEqualTo(data.schema().fields());
        assertThat(more.pretrained("u")).isEqualTo(data.pretrained("u"));
        assertThat(more.vocabularies().of("u").id("c")).isEqualTo(2);
        assertThat(ids(more, Split.TRAIN, 0)).containsExactly(2, 0);
      }
    }
  }

  @Test
  void aShopWhoseItemsAreAllNewHasNoEmbeddings() throws IOException {
    try (Dataset data = embedded("");
        Dataset more = prepared(like(data, "new,x,5,0,,,,,\nnewer,x,1,0,,,,,\n"))) {
      assertThat(ids(more, Split.TRAIN, 0)).containsExactly(0, 0);
      assertThat(more.pretrained("u")).isEqualTo(data.pretrained("u"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        " click ",
        "r = 5",
        "r==yes",
        "r != no",
        "r>=4",
        "r > -1.5",
        "r<=1e3",
        "r<0",
        "a b==c d"
      })
  void itsLabelRuleIsReadBackAsItWas(String rule) {
    LabelRule known = LabelRule.parse(rule);
    Field field = new Field.Categorical("h", 9, new Field.IdRule.Hashed(), OptionalInt.empty());
    Schema schema = new Schema(known.column(), known.text(), "d", List.of("x"), List.of(field));
    assertThat(template(schema).label()).isEqualTo(known);
  }

  private Template template(Schema schema) {
    return new Template(folder, schema, new Vocabularies(Map.of()), Map.of());
  }

  @Test
  void whatNoTableBecomesIsRefusedWithItsFolder() {
    Field hashes =
        new Field.MultiValued(
            "tags", 9, new Field.IdRule.Hashed(), "|", Pooling.MEAN, OptionalInt.empty());
    Template template = template(new Schema("r", "", "d", List.of("x"), List.of(hashes)));
    assertThatThrownBy(template::fields)
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContainingAll(folder.toString(), "field 'tags'", "no vocabulary's");
    assertThatThrownBy(template::label)
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContainingAll(folder.toString(), "label rule is empty");
  }
}
