package org.mlora.train;

import java.time.Duration;
import java.util.function.Consumer;
import org.mlora.calibration.CalibrationScope;
import org.mlora.error.InvalidInputException;
import org.mlora.metric.Metric;
import org.mlora.model.AdapterSpec;

/**
 * How a model is trained; the JSON of {@code config.json}, see {@link TrainingConfigJson}.
 * Penalties (L2) belong to the {@link org.mlora.model.ModelSpec}.
 *
 * @param batch rows in a step; at least 1
 * @param adapterRateScale multiplies the learning rate of A, B and c
 * @param outerRate domain negotiation (MAMDR, ICDE 2023): after an epoch weights go this part of
 *     the way from where they were before it; above 0, and 1 for all of the way. With {@link
 *     Batching#SINGLE_DOMAIN} an epoch takes one domain after the other, as the paper does
 * @param regularization domain regularization of MAMDR, after each epoch of the shared parameters
 * @param maxEpochs most epochs of each phase; at least 1
 * @param patience epochs without a better validation result after which a phase ends; at least 1
 * @param earlyStop what the validation result is; {@code PCOC} is not allowed
 * @param calibration how predictions are fitted to the rates of validation rows at the end
 * @param seed of initial values, row orders and dropout
 * @param checkpointEvery time between states saved inside an epoch; zero: only after epochs
 * @param checkpointSteps steps between states saved inside an epoch; zero: only by time
 */
public record TrainingConfig(
    Batching batching,
    Phases phases,
    int batch,
    Optimizer optimizer,
    double adapterRateScale,
    double outerRate,
    Regularization regularization,
    int maxEpochs,
    int patience,
    Metric earlyStop,
    CalibrationScope calibration,
    long seed,
    Duration checkpointEvery,
    int checkpointSteps,
    Compatibility compatibility) {
  /**
   * Quirks of the published code (spec §8, §11), all off by default.
   *
   * @param rollback after an epoch that is not the best, weights go back to the best, moments go on
   *     (Q24)
   * @param zeroFactors A is zero when fine-tuning starts, so that only c can learn (Q14)
   */
  public record Compatibility(boolean rollback, boolean zeroFactors) {}

  /**
   * Checks the values.
   *
   * @throws InvalidInputException when one is out of its range
   */
  public TrainingConfig {
    require(batch >= 1, "batch is " + batch + "; give 1 or more");
    require(maxEpochs >= 1, "max epochs is " + maxEpochs + "; give 1 or more");
    require(patience >= 1, "patience is " + patience + "; give 1 or more");
    require(
        adapterRateScale >= 0 && adapterRateScale < Double.POSITIVE_INFINITY,
        "the adapters' learning rate scale is " + adapterRateScale + "; it must be 0 or more");
    require(
        outerRate > 0 && outerRate <= 1,
        "the outer rate is " + outerRate + "; it must be above 0 and at most 1");
    require(
        regularization.helpers() == 0 || phases.phases().contains(Phase.JOINT),
        "domain regularization goes with phases joint or control-joint, not with "
            + phases.label());
    double rate = optimizer.learningRate();
    require(
        rate > 0 && rate < Double.POSITIVE_INFINITY,
        "the learning rate is " + rate + "; it must be above 0");
    require(
        earlyStop.better() != Metric.Better.NEAR_ONE,
        earlyStop.key()
            + " cannot be used for early stopping; use mean-auc, wauc, log-loss or ece");
    require(!checkpointEvery.isNegative(), "the time between checkpoints is negative");
    require(
        !(compatibility.rollback() && phases.startAfresh()),
        "rollback goes back to the best weights, which with phases "
            + phases.label()
            + " may be those of another phase; use phases "
            + Phases.JOINT.label());
    require(checkpointSteps >= 0, "the steps between checkpoints are negative");
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new InvalidInputException(message);
    }
  }

  /**
   * The paper's protocol, but for mixed batches, stopping on WAUC, which small domains make less of
   * a lottery than mean AUC, a control without adapters that validation may prefer, and predictions
   * calibrated by domain: Adam 1e-3, batches of 1024, patience 3. For adapters of MLoRA, or none.
   */
  public static TrainingConfig defaults() {
    return new TrainingConfig(
        Batching.MIXED,
        Phases.CONTROL_JOINT,
        1024,
        adam(1e-3),
        1,
        1,
        Regularization.NONE,
        99_999,
        3,
        Metric.WAUC,
        CalibrationScope.BY_DOMAIN,
        1,
        Duration.ofMinutes(5),
        0,
        new Compatibility(false, false));
  }

  /** The same with the phases that go with such adapters, see {@link Phases#of}. */
  public static TrainingConfig defaults(AdapterSpec adapter) {
    return defaults().withPhases(Phases.of(adapter));
  }

  /** Adam as the reference runs it: beta 0.9 and 0.999, epsilon 1e-8, every row moves. */
  public static Optimizer adam(double learningRate) {
    return new Optimizer.Adam(
        learningRate,
        0.9,
        0.999,
        1e-8,
        Optimizer.EpsilonRule.TENSORFLOW,
        Optimizer.UntouchedRows.MOVE);
  }

  /** The same with batches put together otherwise. */
  public TrainingConfig withBatching(Batching batching) {
    return with(fields -> fields.batching = batching);
  }

  /** The same with other phases. */
  public TrainingConfig withPhases(Phases phases) {
    return with(fields -> fields.phases = phases);
  }

  /** The same with batches of another size. */
  public TrainingConfig withBatch(int batch) {
    return with(fields -> fields.batch = batch);
  }

  /** The same with another optimizer. */
  public TrainingConfig withOptimizer(Optimizer optimizer) {
    return with(fields -> fields.optimizer = optimizer);
  }

  /** The same with another learning rate of the optimizer, above 0. */
  public TrainingConfig withLearningRate(double learningRate) {
    return withOptimizer(optimizer.withLearningRate(learningRate));
  }

  /** The same with another rate of the adapters. */
  public TrainingConfig withAdapterRateScale(double adapterRateScale) {
    return with(fields -> fields.adapterRateScale = adapterRateScale);
  }

  /** The same with another outer rate. */
  public TrainingConfig withOuterRate(double outerRate) {
    return with(fields -> fields.outerRate = outerRate);
  }

  /** The same with another regularization of domains. */
  public TrainingConfig withRegularization(Regularization regularization) {
    return with(fields -> fields.regularization = regularization);
  }

  /** The same with another limit of epochs. */
  public TrainingConfig withMaxEpochs(int maxEpochs) {
    return with(fields -> fields.maxEpochs = maxEpochs);
  }

  /** The same with another patience. */
  public TrainingConfig withPatience(int patience) {
    return with(fields -> fields.patience = patience);
  }

  /** The same with another validation result. */
  public TrainingConfig withEarlyStop(Metric earlyStop) {
    return with(fields -> fields.earlyStop = earlyStop);
  }

  /** The same with another calibration. */
  public TrainingConfig withCalibration(CalibrationScope calibration) {
    return with(fields -> fields.calibration = calibration);
  }

  /** The same with another seed. */
  public TrainingConfig withSeed(long seed) {
    return with(fields -> fields.seed = seed);
  }

  /** The same with another time between checkpoints. */
  public TrainingConfig withCheckpointEvery(Duration checkpointEvery) {
    return with(fields -> fields.checkpointEvery = checkpointEvery);
  }

  /** The same with other steps between checkpoints. */
  public TrainingConfig withCheckpointSteps(int checkpointSteps) {
    return with(fields -> fields.checkpointSteps = checkpointSteps);
  }

  /** The same with other compatibility flags. */
  public TrainingConfig withCompatibility(Compatibility compatibility) {
    return with(fields -> fields.compatibility = compatibility);
  }

  private TrainingConfig with(Consumer<Fields> change) {
    Fields fields = new Fields(this);
    change.accept(fields);
    return fields.config();
  }

  /** The components, to change one of them. */
  private static final class Fields {
    private Batching batching;
    private Phases phases;
    private int batch;
    private Optimizer optimizer;
    private double adapterRateScale;
    private double outerRate;
    private Regularization regularization;
    private int maxEpochs;
    private int patience;
    private Metric earlyStop;
    private CalibrationScope calibration;
    private long seed;
    private Duration checkpointEvery;
    private int checkpointSteps;
    private Compatibility compatibility;

    Fields(TrainingConfig from) {
      batching = from.batching;
      phases = from.phases;
      batch = from.batch;
      optimizer = from.optimizer;
      adapterRateScale = from.adapterRateScale;
      outerRate = from.outerRate;
      regularization = from.regularization;
      maxEpochs = from.maxEpochs;
      patience = from.patience;
      earlyStop = from.earlyStop;
      calibration = from.calibration;
      seed = from.seed;
      checkpointEvery = from.checkpointEvery;
      checkpointSteps = from.checkpointSteps;
      compatibility = from.compatibility;
    }

    TrainingConfig config() {
      return new TrainingConfig(
          batching,
          phases,
          batch,
          optimizer,
          adapterRateScale,
          outerRate,
          regularization,
          maxEpochs,
          patience,
          earlyStop,
          calibration,
          seed,
          checkpointEvery,
          checkpointSteps,
          compatibility);
    }
  }
}
