package org.mlora.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.mlora.report.ReportData;
import org.mlora.train.ComparisonRunner;

/**
 * Trains several settings with the same seeds, seed by seed, so that what is there after an
 * interruption is paired. A run that is finished in its folder is opened, not trained again.
 *
 * @param folder of the runs, {@code SETTING-seed-N}; empty: in memory
 * @param resume whether runs in the folder are gone on with
 */
record PairedTrainings(Experiment experiment, Optional<Path> folder, boolean resume) {
  /** Names runs for progress, and hears when one has ended. */
  interface Observer {
    /** What is shown of a run. */
    String name(ComparisonRunner.Setting setting, long seed);

    /** After a run and its test. */
    default void ended(ReportData.Run run) {}
  }

  /** All runs by setting; empty where they were asked to stop before. */
  Optional<List<ReportData.Setting>> run(
      List<ComparisonRunner.Setting> settings, List<Long> seeds, Observer observer) {
    Map<String, List<ReportData.Run>> runs = new LinkedHashMap<>();
    for (long seed : seeds) {
      for (ComparisonRunner.Setting setting : settings) {
        Experiment.Plan plan =
            new Experiment.Plan(
                observer.name(setting, seed),
                setting.spec(),
                setting.config().withSeed(seed),
                folder.map(path -> path.resolve(setting.name() + "-seed-" + seed)),
                resume);
        Optional<ReportData.Run> run = experiment.run(plan);
        if (run.isEmpty()) {
          return Optional.empty();
        }
        observer.ended(run.get());
        runs.computeIfAbsent(setting.name(), name -> new ArrayList<>()).add(run.get());
      }
    }
    List<ReportData.Setting> done = new ArrayList<>();
    runs.forEach((name, of) -> done.add(new ReportData.Setting(name, of)));
    return Optional.of(done);
  }
}
