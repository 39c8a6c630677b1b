package org.mlora.model;

import java.util.List;
import org.mlora.network.Value;

/**
 * A model of one file: lays out its ops in the order of its paper. One of another project is found
 * by {@link java.util.ServiceLoader}, on the class path or the module path, under its name; it has
 * a public constructor without arguments, and no state.
 */
public interface Model {
  /**
   * Its name in specs, in saved models and on the command line: lower-case letters, digits and
   * underscores, the first a letter. No other model has it.
   */
  String name();

  /** Its name among people, and where it was published. */
  String title();

  /**
   * Adds the model's parameters and ops to the layout; gives the logit, (rows, 1). The same spec
   * and schema give the same layout, or models that were saved could not be opened.
   */
  Value logit(Layout layout);

  /** Whether it has a dense tower that adapters go to. */
  default boolean adapts() {
    return true;
  }

  /** The settings that this model has beyond those of every model. */
  default List<ModelOption<?>> options() {
    return List.of();
  }
}
