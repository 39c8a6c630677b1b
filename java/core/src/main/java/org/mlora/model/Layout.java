package org.mlora.model;

import org.mlora.data.Schema;
import org.mlora.network.Network;

/**
 * What a model is laid out from and into.
 *
 * @param net takes the model's parts; the columns of the schema's fields are in it
 * @param spec sizes, adapters and options
 * @param schema fields and domains; at least one domain
 */
public record Layout(Network.Builder net, ModelSpec spec, Schema schema) {}
