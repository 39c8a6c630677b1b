package org.mlora.report;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import org.mlora.data.Outcomes;
import org.mlora.metric.Calibration;
import org.mlora.metric.Evaluation;
import org.mlora.metric.Metric;

/** Reports of made-up runs, from the smallest to the largest and most hostile. */
final class SampleReports {
  private static final List<String> NAMES =
      List.of(
          "Books",
          "Electronics",
          "Home & Kitchen",
          "Toys",
          "Sports",
          "Beauty",
          "Garden",
          "Pets",
          "Instruments",
          "Luxury");

  private SampleReports() {}

  /** Generated data: two settings, several seeds, the best possible AUC known. */
  static ReportData demo(int seeds) {
    return report("MLoRA on generated clicks", NAMES, List.of("none", "mlora"), seeds, true);
  }

  /** One training on two domains. */
  static ReportData single() {
    return report("MovieLens 1M by gender", List.of("F", "M"), List.of("mlora"), 1, false);
  }

  /** Trainings whose log loss on validation rows ends them, with these epochs. */
  static ReportData trained(List<ReportData.Epoch> epochs, int... best) {
    ReportData single = single();
    ReportData.Run run = single.settings().get(0).runs().get(0);
    List<ReportData.Run> runs = new ArrayList<>();
    for (int i = 0; i < best.length; i++) {
      runs.add(
          new ReportData.Run(
              i + 1,
              epochs,
              best[i],
              run.seconds(),
              run.samplesPerSecond(),
              Metric.LOG_LOSS,
              epochs.get(best[i] - 1).validation(),
              run.test(),
              run.calibration()));
    }
    return new ReportData(
        single.title(),
        single.subtitle(),
        single.data(),
        List.of(new ReportData.Setting("mlora", runs)),
        single.configuration());
  }

  /** A thousand domains with names of every kind, four settings. */
  static ReportData large() {
    List<String> names = new ArrayList<>();
    names.add("<script>alert('x')</script>");
    names.add("玩具与游戏 \"quoted\" & 'more' with a name that goes on and on and on");
    names.add("\u0000\u202eevil\n");
    for (int i = names.size(); i < 1000; i++) {
      names.add("domain-" + i);
    }
    List<String> settings = List.of("none", "mlora", "star", "mmoe");
    return report("A thousand <domains>", names, settings, 2, false);
  }

  /** Nothing is defined. */
  static ReportData undefined() {
    Evaluation.Domain domain = new Evaluation.Domain("a", 3, 0, Double.NaN, Double.NaN, Double.NaN);
    Evaluation test =
        new Evaluation(
            "test", 3, Double.NaN, Double.NaN, Double.NaN, Double.NaN, Double.NaN, List.of(domain));
    ReportData.Epoch epoch = new ReportData.Epoch(1, "joint", Double.NaN, Double.NaN);
    ReportData.Run run =
        new ReportData.Run(
            1,
            List.of(epoch),
            1,
            Double.NaN,
            Double.NaN,
            Metric.WAUC,
            Double.NaN,
            test,
            new Calibration(List.of()));
    List<ReportData.Setting> settings =
        List.of(
            new ReportData.Setting("none", List.of(run)),
            new ReportData.Setting("mlora", List.of(run)));
    return new ReportData(
        "Undefined",
        "",
        new ReportData.Data("nothing", "click", Optional.empty(), "d", List.of(), List.of()),
        settings,
        List.of());
  }

  private static ReportData report(
      String title, List<String> names, List<String> settings, int seeds, boolean bestKnown) {
    Random random = new Random(7);
    List<ReportData.Domain> domains = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      long rows = 40 + (long) (400_000 / Math.pow(i + 1, 1.1));
      long positives = (long) (rows * (0.08 + 0.25 * random.nextDouble()));
      domains.add(
          new ReportData.Domain(
              names.get(i),
              rows,
              positives,
              bestKnown
                  ? OptionalDouble.of(0.772 + 0.02 * random.nextDouble())
                  : OptionalDouble.empty()));
    }
    double[] base = random.doubles(names.size(), 0.68, 0.75).toArray();
    List<ReportData.Setting> shown = new ArrayList<>();
    for (int s = 0; s < settings.size(); s++) {
      List<ReportData.Run> runs = new ArrayList<>();
      for (int seed = 1; seed <= seeds; seed++) {
        runs.add(run(domains, base, s, seed));
      }
      shown.add(new ReportData.Setting(settings.get(s), runs));
    }
    long rows = domains.stream().mapToLong(ReportData.Domain::rows).sum();
    long positives = domains.stream().mapToLong(ReportData.Domain::positives).sum();
    return new ReportData(
        title,
        "MLP 256-128-64, " + seeds + " seeds",
        new ReportData.Data(
            "generated, seed 1",
            "rating>=4",
            Optional.of("importance"),
            "category",
            List.of(
                new ReportData.Part("train", rows * 6 / 10, positives * 6 / 10),
                new ReportData.Part("validation", rows * 2 / 10, positives * 2 / 10),
                new ReportData.Part("test", rows * 2 / 10, positives * 2 / 10)),
            domains),
        shown,
        List.of(
            Map.entry("model", "mlp"),
            Map.entry("hidden", "256,128,64"),
            Map.entry("alpha", "16"),
            Map.entry("optimizer", "adam"),
            Map.entry("lr", "0.001"),
            Map.entry("batch", "1024"),
            Map.entry("batching", "mixed"),
            Map.entry("dropout", "0.5"),
            Map.entry("patience", "3")));
  }

  private static ReportData.Run run(
      List<ReportData.Domain> domains, double[] base, int setting, int seed) {
    Random random = new Random(100L * setting + seed);
    List<Evaluation.Domain> results = new ArrayList<>();
    double weighted = 0;
    double plain = 0;
    double rows = 0;
    for (int i = 0; i < domains.size(); i++) {
      double gain = setting * (0.004 + 0.03 * (i * 37 % 101) / 101.0 - 0.008 * (i % 4));
      double auc = base[i] + gain + 0.002 * random.nextGaussian();
      ReportData.Domain domain = domains.get(i);
      results.add(
          new Evaluation.Domain(
              domain.name(),
              domain.rows() / 5,
              domain.positives() / 5,
              i == domains.size() - 1 && i > 20 ? Double.NaN : auc,
              0.4,
              1.01));
      weighted += auc * domain.rows();
      rows += domain.rows();
      plain += auc;
    }
    double wauc = weighted / rows;
    List<ReportData.Epoch> epochs = new ArrayList<>();
    int last = 9 + random.nextInt(4);
    for (int epoch = 1; epoch <= last; epoch++) {
      double progress = 1 - Math.exp(-epoch / 2.5);
      double overfit = Math.max(0, epoch - last + 3) * 0.004;
      epochs.add(
          new ReportData.Epoch(
              epoch,
              "joint",
              0.62 - (0.18 + 0.03 * setting) * progress + 0.004 * random.nextGaussian(),
              wauc - 0.08 * (1 - progress) - overfit + 0.001 * random.nextGaussian()));
    }
    Evaluation test =
        new Evaluation(
            "test",
            (long) rows / 5,
            wauc,
            plain / domains.size(),
            0.43 - 0.02 * setting + 0.001 * random.nextGaussian(),
            1.02 - 0.01 * setting,
            0.021 - 0.006 * setting + 0.001 * random.nextGaussian(),
            results);
    return new ReportData.Run(
        seed,
        epochs,
        last - 3,
        41.5 + setting,
        812_000 - 50_000.0 * setting,
        Metric.WAUC,
        test.wauc(),
        test,
        calibration(random, setting));
  }

  private static Calibration calibration(Random random, int setting) {
    int rows = 20_000;
    float[] predictions = new float[rows];
    float[] labels = new float[rows];
    for (int row = 0; row < rows; row++) {
      double truth = 1 / (1 + Math.exp(1.4 - 1.1 * random.nextGaussian()));
      predictions[row] = (float) Math.pow(truth, setting == 0 ? 0.85 : 0.97);
      labels[row] = random.nextDouble() < truth ? 1 : 0;
    }
    return Calibration.of(predictions, Outcomes.of(FloatBuffer.wrap(labels)));
  }
}
