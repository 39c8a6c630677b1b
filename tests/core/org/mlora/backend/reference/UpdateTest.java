package org.mlora.backend.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.mlora.network.Initializer;
import org.mlora.network.Parameter;
import org.mlora.network.Role;
import org.mlora.network.RowKind;
import org.mlora.train.Optimization;
import org.mlora.train.Optimizer;

/** Optimizers against steps calculated by hand; Adam is compared with the golden files too. */
class UpdateTest {
  private static final Optimization.Rule ALL = new Optimization.Rule(0, 2, 1, 0);

  /** Two rows of two values, 1 2 3 4, with gradients 3 4 0 0. */
  private static ParameterState table(double initial) {
    Parameter parameter =
        new Parameter(
            0,
            "table",
            List.of(2, 2),
            RowKind.BY_ID,
            Role.EMBEDDING,
            new Initializer.Zeros(),
            0,
            0,
            true);
    ParameterState state = new ParameterState(parameter);
    state.resetMoments(initial);
    for (int i = 0; i < 4; i++) {
      state.value[i] = i + 1;
    }
    state.touch(0);
    state.gradient[0] = 3;
    state.gradient[1] = 4;
    return state;
  }

  @Test
  void sgdMovesAgainstTheGradient() {
    ParameterState state = table(0);
    Update.apply(new Optimizer.Sgd(0.1), ALL, 1, state);
    assertThat(state.value).containsExactly(new double[] {0.7, 1.6, 3, 4}, offset(1e-15));
  }

  @Test
  void theScaleOfARuleMultipliesTheRateAndOnlyItsRowsMove() {
    ParameterState state = table(0);
    state.gradient[2] = 1;
    Update.apply(new Optimizer.Sgd(0.1), new Optimization.Rule(1, 1, 0.5, 0), 1, state);
    assertThat(state.value).containsExactly(new double[] {1, 2, 2.95, 4}, offset(1e-15));
  }

  @Test
  void adagradDividesByTheRootOfTheSumOfSquares() {
    ParameterState state = table(7);
    Optimizer adagrad = new Optimizer.Adagrad(0.1, 1, 7);
    Update.apply(adagrad, ALL, 1, state);
    Update.apply(adagrad, ALL, 2, state);
    assertThat(state.first).containsExactly(25, 39, 7, 7);
    assertThat(state.value[0]).isCloseTo(1 - 0.3 / 5 - 0.3 / 6, offset(1e-15));
    assertThat(state.value[2]).isEqualTo(3);
  }

  @Test
  void rowWiseAdagradKeepsTheMeanOfARowsSquares() {
    ParameterState state = table(3.5);
    Update.apply(new Optimizer.RowWiseAdagrad(0.1, 1, 3.5), ALL, 1, state);
    assertThat(state.first).containsExactly(16, 16, 3.5, 3.5);
    assertThat(state.value)
        .containsExactly(new double[] {1 - 0.3 / 5, 2 - 0.4 / 5, 3, 4}, offset(1e-15));
  }

  @Test
  void adamsFirstStepIsTheRateWhateverTheGradient() {
    ParameterState state = table(0);
    Update.apply(adam(Optimizer.UntouchedRows.MOVE), ALL, 1, state);
    assertThat(state.value).containsExactly(new double[] {0.9, 1.9, 3, 4}, offset(1e-12));
  }

  @Test
  void untouchedRowsMoveOnOrStayUnderAdam() {
    ParameterState moves = table(0);
    ParameterState stays = table(0);
    Update.apply(adam(Optimizer.UntouchedRows.MOVE), ALL, 1, moves);
    Update.apply(adam(Optimizer.UntouchedRows.STAY), ALL, 1, stays);
    moves.clearGradients();
    stays.clearGradients();
    Update.apply(adam(Optimizer.UntouchedRows.MOVE), ALL, 2, moves);
    Update.apply(adam(Optimizer.UntouchedRows.STAY), ALL, 2, stays);
    assertThat(moves.value[0]).isLessThan(0.85);
    assertThat(moves.first[0]).isCloseTo(0.9 * 0.3, offset(1e-15));
    assertThat(stays.value[0]).isCloseTo(0.9, offset(1e-12));
    assertThat(stays.first[0]).isCloseTo(0.3, offset(1e-15));
  }

  @Test
  void withoutEpsilonAValueThatNeverHadAGradientStays() {
    ParameterState state = table(0);
    Optimizer adam =
        new Optimizer.Adam(
            0.1, 0.9, 0.999, 0, Optimizer.EpsilonRule.PYTORCH, Optimizer.UntouchedRows.MOVE);
    Update.apply(adam, ALL, 1, state);
    assertThat(state.value[3]).isEqualTo(4);
  }

  private static Optimizer adam(Optimizer.UntouchedRows rows) {
    return new Optimizer.Adam(0.1, 0.9, 0.999, 1e-13, Optimizer.EpsilonRule.PYTORCH, rows);
  }
}
