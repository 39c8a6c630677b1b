package org.mlora.model;

import java.util.List;
import org.mlora.network.Value;

/** A model of one file: lays out its ops in the order of its paper. */
interface Model {
  /** Its name among people, and where it was published. */
  String title();

  /** Adds the model's parameters and ops to the layout; gives the logit. */
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
