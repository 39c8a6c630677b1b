package org.mlora.model;

import org.mlora.network.Value;

/** A model of one file: lays out its ops in the order of its paper. */
interface Model {
  /** Adds the model's inputs, parameters and ops to the layout; gives the logit. */
  Value logit(Layout layout);
}
