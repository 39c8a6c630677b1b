package org.mlora.network;

import java.util.List;
import java.util.Optional;

/**
 * One step of a network, at the level of layers. Each backend knows how to run every op forward and
 * backward; a model is written once as a list of ops. Gradients of a value that several ops read
 * add up in the reverse order of the ops.
 */
public sealed interface Op {
  /** The value it writes (for embeddings, a slice of it). */
  Value out();

  /**
   * Embedding of an id: {@code out[:, column .. column + width) = table[id]}, zeros for a negative
   * id. {@code input} is an index into {@link Network#inputs()}, or {@link Network#DOMAIN} for the
   * domain of the row.
   *
   * @param table (ids, width)
   */
  record Lookup(int input, Parameter table, Value out, int column) implements Op {}

  /**
   * Embedding of a list of ids, pooled; an empty list gives zeros.
   *
   * @param table (ids, width)
   */
  record BagLookup(int input, Parameter table, Pooling pooling, Value out, int column)
      implements Op {}

  /**
   * Embedding of a number: {@code out[:, column ..) = number * vector}.
   *
   * @param vector (width)
   */
  record Scale(int input, Parameter vector, Value out, int column) implements Op {}

  /**
   * Dense layer: {@code out = activation(dropout(in W + b) + scale in A_d B_d + c_d)} (spec §3).
   * Dropout scales kept values by 1 / keep and acts on the shared branch only, in training only.
   *
   * @param weight W, (in, out)
   * @param bias b, (out)
   * @param dropout probability of dropping, in [0, 1)
   * @param stream number of this layer's dropout stream, see {@link org.mlora.random.Philox}
   */
  record Dense(
      Value in,
      Parameter weight,
      Parameter bias,
      Optional<Adapter> adapter,
      Activation activation,
      double dropout,
      int stream,
      Value out)
      implements Op {}

  /** Columns of one value as columns of another: {@code out[:, column + j) = in[:, from + j)}. */
  record Copy(Value in, int from, int width, Value out, int column) implements Op {}

  /**
   * Sums of neighbouring columns: {@code out[:, g]} is the sum of group g of {@code in.width /
   * out.width} columns of {@code in}. With an {@code out} of width 1, the sum of a row.
   */
  record SumGroups(Value in, Value out) implements Op {}

  /**
   * {@code out = a * b + c}, column by column: with b = x W + b, one layer of the matrix form of a
   * cross network (DCN V2, WWW 2021, equation 1).
   */
  record MultiplyAdd(Value a, Value b, Value c, Value out) implements Op {}

  /**
   * One layer of a cross network: {@code out = start (in · weight) + bias + in} (DCN, ADKDD 2017,
   * equation 3).
   *
   * @param weight (width, 1)
   * @param bias (width, 1)
   */
  record Cross(Value start, Value in, Parameter weight, Parameter bias, Value out) implements Op {}

  /**
   * Bi-interaction pooling: the sum over pairs of fields of the products of their embeddings,
   * {@code ((sum e)² - sum e²) / 2} (NFM, SIGIR 2017, equation 4).
   *
   * @param in embeddings of {@code fields} fields side by side, all of the width of {@code out}
   */
  record BiInteraction(Value in, int fields, Value out) implements Op {}

  /**
   * Inner products of all pairs of fields, (0, 1), (0, 2), .., (1, 2), .. (PNN, ICDM 2016, section
   * III.B): {@code out} has a column for each pair.
   *
   * @param in embeddings of {@code fields} fields of one width, side by side
   */
  record InnerProducts(Value in, int fields, Value out) implements Op {}

  /**
   * Bilinear interactions of all pairs of fields in the order of {@link InnerProducts}: {@code (e_i
   * W) * e_j} (FiBiNET, RecSys 2019, section 3.3), pairs side by side in {@code out}.
   *
   * @param in embeddings of {@code fields} fields of one width k, side by side
   * @param weights matrices (k, k): one, one for each field but the last, or one for each pair, as
   *     {@code sharing} says
   */
  record Bilinear(Value in, int fields, Sharing sharing, List<Parameter> weights, Value out)
      implements Op {
    /** Which pairs share a matrix. */
    public enum Sharing {
      /** All pairs. */
      ALL,
      /** Pairs with the same first field. */
      EACH,
      /** None. */
      INTERACTION;

      /** The number of matrices. */
      public int matrices(int fields) {
        return switch (this) {
          case ALL -> 1;
          case EACH -> fields - 1;
          case INTERACTION -> fields * (fields - 1) / 2;
        };
      }

      /** Which matrix the pair of that number takes, whose first field is {@code first}. */
      public int matrix(int first, int pair) {
        return switch (this) {
          case ALL -> 0;
          case EACH -> first;
          case INTERACTION -> pair;
        };
      }
    }

    /** Copies the list. */
    public Bilinear {
      weights = List.copyOf(weights);
    }
  }

  /**
   * Weights fields by what all of them say (SENET; FiBiNET, RecSys 2019, section 3.2): with z_f the
   * mean of field f's embedding, {@code a = relu(relu(z squeeze) excite)} and {@code out_f = a_f
   * e_f}.
   *
   * @param squeeze (fields, reduced)
   * @param excite (reduced, fields)
   */
  record Senet(Value in, int fields, Parameter squeeze, Parameter excite, Value out)
      implements Op {}

  /**
   * One layer of a compressed interaction network (xDeepFM, KDD 2018, equation 6), with bias and
   * relu. Feature maps have {@code width} columns each and stand side by side:
   *
   * <p>{@code out_m = relu(sum over i, j of weight[i * H + j, m] (start_i * in_j) + bias_m)}
   *
   * @param start the embeddings of the fields, F maps
   * @param in what the layer before wrote, H maps
   * @param weight (1, F H, maps)
   * @param bias (maps)
   */
  record Cin(Value start, Value in, int width, Parameter weight, Parameter bias, Value out)
      implements Op {}

  /**
   * One interacting layer: self-attention among the fields of a row (AutoInt, CIKM 2019, equations
   * 5 to 8). For each head, with q, k and v the products of a field's vector with the head's
   * columns of {@code query}, {@code key} and {@code value}:
   *
   * <p>{@code out_f = relu(sum over g of softmax_g(scale q_f · k_g) v_g + in_f residual)}
   *
   * @param in vectors of {@code fields} fields of one width d, side by side
   * @param heads number of heads h; a head takes neighbouring columns of the matrices and of out
   * @param scale of the scores; 1 in the paper
   * @param query (d, h * width of a head), as are {@code key}, {@code value} and {@code residual}
   * @param adapters of the four matrices
   */
  record Attention(
      Value in,
      int fields,
      int heads,
      double scale,
      Parameter query,
      Parameter key,
      Parameter value,
      Parameter residual,
      Optional<Adapters> adapters,
      Value out)
      implements Op {
    /**
     * What a domain adds to the matrices: {@code scale A_d B_d}, with one A for the four. A row of
     * unknown domain gets none.
     *
     * @param a A, (domains, d, rank)
     * @param b B of query, key, value and residual, each (domains, rank, h * width of a head)
     */
    public record Adapters(Parameter a, List<Parameter> b, double scale) {
      /** Copies the list. */
      public Adapters {
        b = List.copyOf(b);
      }

      /** The rank. */
      public int rank() {
        return a.shape().get(2);
      }
    }

    /** The four matrices, in the order of the adapters. */
    public List<Parameter> matrices() {
      return List.of(query, key, value, residual);
    }
  }

  /**
   * Dense layer of the row's own domain: {@code out = activation(in W_d + b_d)}; with a shared
   * part, {@code out = activation(in (W * W_d) + b + b_d)}, W * W_d element by element (STAR, CIKM
   * 2021, equations 5 and 6). Only the layer of its domain is computed for a row. A row of unknown
   * domain gets the shared part alone, or zeros where there is none.
   *
   * @param weight W_d, (domains, in, out)
   * @param bias b_d, (domains, out)
   */
  record DomainDense(
      Value in,
      Parameter weight,
      Parameter bias,
      Optional<Shared> shared,
      Activation activation,
      Value out)
      implements Op {
    /**
     * What all domains share.
     *
     * @param weight W, (in, out)
     * @param bias b, (out)
     */
    public record Shared(Parameter weight, Parameter bias) {}
  }

  /**
   * Partitioned normalization (STAR, CIKM 2021, section 4.2, equations 3 and 4), column by column,
   * d the domain of the row:
   *
   * <p>{@code out = (gamma * gamma_d) * (in - mean_d) / sqrt(variance_d + epsilon) + (beta +
   * beta_d)}
   *
   * <p>In training, mean and variance are those of the batch's rows of the domain (a row alone has
   * variance 0), and gradients flow through them. In predictions they are moving statistics, so
   * that a row's depends on no other row.
   *
   * <p>A row of moving statistics holds a number of rows n, {@code width} means and {@code width}
   * variances. A step with m rows of the domain takes their statistics in as if they were m rows
   * more, after n was multiplied by {@code momentum}: no start has to be forgotten, a batch counts
   * by its rows, and with m rows in every step the means move by 1 - momentum. A domain without
   * rows in the batch keeps its own.
   *
   * <p>Rows of unknown domain are a domain of their own in training, with the shared gamma and beta
   * alone; in predictions they take the shared moving statistics, those of all rows, and so do
   * domains that no row was seen of.
   *
   * @param own of each domain: gamma_d and beta_d (domains, width), moving (domains, 1 + 2 width)
   * @param shared of all rows: gamma and beta (width), moving (1 + 2 width)
   * @param momentum in [0, 1)
   * @param epsilon above 0
   */
  record PartitionedNorm(
      Value in, Level shared, Level own, double momentum, double epsilon, Value out) implements Op {
    /**
     * What scales and shifts, and the statistics behind it.
     *
     * @param gamma the factor
     * @param beta the shift
     * @param moving of {@link Role#STATISTICS}: n, means, variances
     */
    public record Level(Parameter gamma, Parameter beta, Parameter moving) {}
  }

  /**
   * A mixture of experts: {@code out = sum over e of softmax(gate)_e expert_e} (MMoE, KDD 2018,
   * equations 6 and 7).
   *
   * @param experts the experts' outputs side by side, each of the width of {@code out}
   * @param gate a score for each expert
   */
  record Mixture(Value experts, Value gate, Value out) implements Op {}

  /**
   * Columns weighted by a gate: {@code out = w * in} with {@code w = factor * sigmoid(steepness *
   * gate)}, and w = 0 where it is below {@code threshold}. The gate has a column for each column of
   * {@code in}, or for each group of neighbouring columns (PEPNet, KDD 2023, Gate NU; AdaSparse,
   * CIKM 2022, weighting factors).
   *
   * @param gate its width divides that of {@code in}
   * @param factor the largest weight, above 0
   * @param threshold below 0 or 0 where nothing is cut
   */
  record Gate(Value in, Value gate, double factor, double steepness, double threshold, Value out)
      implements Op {}

  /** {@code out = in}, through which no gradient flows back. */
  record Detach(Value in, Value out) implements Op {}

  /** {@code out = activation(a + b)}, column by column. */
  record Add(Value a, Value b, Activation activation, Value out) implements Op {}
}
