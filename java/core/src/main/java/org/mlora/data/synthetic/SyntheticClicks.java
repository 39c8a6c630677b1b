package org.mlora.data.synthetic;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.mlora.data.Columns;
import org.mlora.data.Dataset;
import org.mlora.data.DatasetWriter;
import org.mlora.data.Field;
import org.mlora.data.Schema;
import org.mlora.data.Split;
import org.mlora.data.Vocabularies;
import org.mlora.data.Vocabulary;
import org.mlora.data.npy.NpyFile;
import org.mlora.data.npy.NpyType;
import org.mlora.data.npy.NpyWriter;
import org.mlora.data.store.FileDigest;
import org.mlora.data.store.FileErrors;
import org.mlora.data.store.Manifest;
import org.mlora.data.store.WholeFolder;
import org.mlora.metric.Evaluation;
import org.mlora.metric.Evaluator;
import org.mlora.random.RandomStream;

/**
 * A click log of several domains with known truth: users and items are shared, domains differ in
 * size (Zipf), base rate and, through low-rank maps of the latent vectors, in what they prefer. A
 * label is drawn from its true probability, so no model can expect to rank test rows better than
 * those probabilities do. Deterministic under the seed, on any machine.
 */
public final class SyntheticClicks {
  private static final String TRUTH = "truth.npy";

  private final SyntheticParameters parameters;
  private final ClickModel model;

  /** Draws users, items and domains, but no rows yet. */
  public SyntheticClicks(SyntheticParameters parameters) {
    this.parameters = parameters;
    this.model = new ClickModel(parameters);
  }

  /**
   * Writes a prepared data set, with the true probabilities of its test rows in {@code truth.npy}.
   *
   * @return how good the true probabilities are on the test rows: the best possible evaluation
   * @throws org.mlora.error.InvalidInputException where the folder cannot be written
   */
  public Evaluation write(Path out, boolean overwrite) {
    try (DatasetWriter writer =
        DatasetWriter.create(DatasetWriter.begin(out, overwrite), schema())) {
      writer.write(
          new Vocabularies(
              Map.of(
                  "user_id", vocabulary("u", parameters.users()),
                  "item_id", vocabulary("i", parameters.items()))));
      try (NpyWriter truth = NpyWriter.vector(writer.path(TRUTH), NpyType.FLOAT32)) {
        rows(writer, truth);
      }
      ObjectNode json = new ObjectMapper().valueToTree(parameters);
      Files.writeString(writer.path("synthetic.json"), json.toPrettyString() + "\n");
      writer.commit();
    } catch (IOException e) {
      throw FileErrors.cannotWrite(out, e);
    }
    try (Dataset data = Dataset.open(out)) {
      return bestPossible(data).orElseThrow();
    }
  }

  private Schema schema() {
    List<String> names =
        IntStream.rangeClosed(1, parameters.domains()).mapToObj(d -> "d" + d).toList();
    return new Schema(
        "click",
        "click",
        "domain",
        names,
        List.of(field("user_id", parameters.users()), field("item_id", parameters.items())));
  }

  private static Field field(String name, int texts) {
    return new Field.Categorical(
        name, texts + 1, new Field.IdRule.Vocabulary(), OptionalInt.empty());
  }

  private static Vocabulary vocabulary(String prefix, int count) {
    Vocabulary vocabulary = new Vocabulary();
    for (int i = 1; i <= count; i++) {
      vocabulary.add(prefix + i);
    }
    return vocabulary;
  }

  private void rows(DatasetWriter writer, NpyWriter truth) {
    RandomStream random = new RandomStream(parameters.seed(), "synthetic rows");
    double[] ends = domainEnds();
    for (long row = 0; row < parameters.rows(); row++) {
      int domain = 0;
      double place = random.uniform(5 * row);
      while (place >= ends[domain]) {
        domain++;
      }
      int user = (int) (random.uniform(5 * row + 1) * parameters.users());
      int item = (int) (random.uniform(5 * row + 2) * parameters.items());
      double probability = model.probability(domain, user, item);
      boolean click = random.uniform(5 * row + 3) < probability;
      double part = random.uniform(5 * row + 4);
      Split split = part < 0.6 ? Split.TRAIN : part < 0.8 ? Split.VALIDATION : Split.TEST;
      DatasetWriter.SplitWriter out = writer.split(split);
      out.id(0, user + 1);
      out.id(1, item + 1);
      out.endRow(domain, click);
      if (split == Split.TEST) {
        truth.put((float) probability);
      }
    }
  }

  /** Upper ends of the domains' shares of [0, 1). */
  private double[] domainEnds() {
    double[] ends = new double[parameters.domains()];
    double sum = 0;
    for (int d = 0; d < ends.length; d++) {
      sum += StrictMath.pow(d + 1, -parameters.zipf());
      ends[d] = sum;
    }
    for (int d = 0; d < ends.length; d++) {
      ends[d] = d + 1 == ends.length ? 1 : ends[d] / sum;
    }
    return ends;
  }

  /**
   * The evaluation of the true probabilities on the test rows of a generated data set: what no
   * model can be expected to beat. Empty for other data sets, and where another has taken the place
   * of this one since it was opened.
   */
  public static Optional<Evaluation> bestPossible(Dataset data) {
    return WholeFolder.read(
        data.folder(),
        place -> isOf(data, place) ? Optional.of(best(data, place)) : Optional.empty());
  }

  private static boolean isOf(Dataset data, Path place) {
    return Files.exists(place.resolve(TRUTH))
        && data.checksum().equals(FileDigest.sha256(place.resolve(Manifest.NAME)));
  }

  private static Evaluation best(Dataset data, Path place) {
    Columns test = data.columns(Split.TEST);
    FloatBuffer truth = NpyFile.map(place.resolve(TRUTH)).floats();
    float[] probabilities = new float[truth.limit()];
    truth.get(probabilities);
    return Evaluator.evaluate(
        Split.TEST.label(),
        probabilities,
        test.outcomes(),
        test.domains(),
        data.schema().domains());
  }
}
