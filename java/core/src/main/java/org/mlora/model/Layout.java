package org.mlora.model;

import org.mlora.data.Schema;
import org.mlora.network.Network;

/**
 * What a model is laid out from and into.
 *
 * @param net takes the model's parts
 */
record Layout(Network.Builder net, ModelSpec spec, Schema schema) {}
