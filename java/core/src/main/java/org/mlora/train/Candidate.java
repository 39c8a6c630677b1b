package org.mlora.train;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Optional;
import org.mlora.model.AdapterSpec;
import org.mlora.model.ModelSpec;

/**
 * What a search varies.
 *
 * @param adapter alpha, penalty and rate of the adapters; left as they are where there are none
 * @param learningRate above 0
 * @param embeddingL2 lambda on embedding tables
 * @param dropout in [0, 1)
 */
public record Candidate(Adapter adapter, double learningRate, double embeddingL2, double dropout) {
  private static final MathContext DIGITS = new MathContext(12);

  /**
   * The part about adapters.
   *
   * @param alpha rank of a layer of width U is max(U / alpha, 1); 0: ranks as they are given
   * @param l2 lambda on A, B and c
   * @param rateScale multiplies the learning rate of A, B and c
   */
  public record Adapter(int alpha, double l2, double rateScale) {}

  /** The values that settings have. */
  public static Candidate of(ModelSpec spec, TrainingConfig config) {
    Adapter adapter = new Adapter(0, 0, config.adapterRateScale());
    Optional<AdapterSpec.Mlora> factors = spec.adapter().factors();
    if (factors.isPresent()) {
      int alpha = factors.get().ranks().isEmpty() ? factors.get().alpha() : 0;
      adapter = new Adapter(alpha, factors.get().l2(), config.adapterRateScale());
    }
    return new Candidate(
        adapter, config.optimizer().learningRate(), spec.embeddingL2(), spec.dropout());
  }

  /**
   * The learning rate of A, B and c: of few digits where such a number divided by that of the
   * others is the scale to the bit.
   */
  public double adapterRate() {
    double rate = adapter.rateScale * learningRate;
    return rounded(rate) / learningRate == adapter.rateScale ? rounded(rate) : rate;
  }

  /** To as many digits as people write at most. */
  static double rounded(double number) {
    return new BigDecimal(number).round(DIGITS).doubleValue();
  }

  /** A model with these values; all others are those of {@code spec}. */
  public ModelSpec on(ModelSpec spec) {
    ModelSpec changed = spec.withEmbeddingL2(embeddingL2).withDropout(dropout);
    return spec.adapter()
        .factors()
        .map(mlora -> adapter.alpha == 0 ? mlora : mlora.withAlpha(adapter.alpha))
        .map(mlora -> spec.adapter().withFactors(mlora.withL2(adapter.l2)))
        .map(changed::withAdapter)
        .orElse(changed);
  }

  /** A training with these values; all others are those of {@code config}. */
  public TrainingConfig on(TrainingConfig config) {
    return config.withLearningRate(learningRate).withAdapterRateScale(adapter.rateScale);
  }
}
