package org.mlora.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.mlora.data.Field;
import org.mlora.data.Schema;
import org.mlora.error.InvalidInputException;
import org.mlora.model.Models;

/**
 * A configuration of the published code (spec §10) as flags of {@code train}. Every key is used, or
 * said to have no effect and why.
 */
final class ReferenceConfig {
  static final String FLAG = "--reference-config";
  private static final String PENALTY_START = "embedding_l2_from";

  private final Path file;
  private final Set<Quirk> quirks;
  private final ReferenceSection model;
  private final ReferenceSection train;
  private final ReferenceSection dataset;
  private final Map<String, String> flags = new LinkedHashMap<>();
  private final List<String> initializers = new ArrayList<>();
  private final List<String> options = new ArrayList<>();
  private final List<String> ignored = new ArrayList<>();
  private final boolean givenEmbeddings;
  private final boolean trainedEmbeddings;

  private ReferenceConfig(Path file, Set<Quirk> quirks) {
    this.file = file;
    this.quirks = quirks;
    JsonNode root = JsonFile.object(file, FLAG, "the sections model, train and dataset");
    root.fieldNames()
        .forEachRemaining(
            key -> {
              if (!List.of("model", "train", "dataset").contains(key)) {
                throw new InvalidInputException(
                    file
                        + ": section '"
                        + key
                        + "' is not one of model, train and dataset; remove it");
              }
            });
    this.model = new ReferenceSection(file, root, "model");
    this.train = new ReferenceSection(file, root, "train");
    this.dataset = new ReferenceSection(file, root, "dataset");
    this.givenEmbeddings = train.flagIfPresent("load_pretrain_emb");
    this.trainedEmbeddings = !train.has("emb_trainable") || train.flag("emb_trainable");
    network();
    flags.putAll(ReferenceProtocol.flags(train, dataset));
    for (ReferenceSection section : List.of(model, train, dataset)) {
      ignored.addAll(section.ignored());
    }
  }

  /**
   * Reads a configuration.
   *
   * @throws InvalidInputException naming the file, and the key that is unknown, missing or cannot
   *     be used
   */
  static ReferenceConfig read(Path file, Set<Quirk> quirks) {
    return new ReferenceConfig(file, quirks);
  }

  /** Its settings as values of flags, by their long names without dashes. */
  Map<String, String> flags() {
    return Map.copyOf(flags);
  }

  /** A line for each key that has no effect, which says why. */
  List<String> ignored() {
    return List.copyOf(ignored);
  }

  /**
   * Fails where the data set has other embeddings than the configuration asks for.
   *
   * @param data names the data set in errors
   */
  void requireData(Schema schema, Path data) {
    boolean given = false;
    for (Field field : schema.fields()) {
      if (field instanceof Field.Pretrained pretrained) {
        given = true;
        if (givenEmbeddings && pretrained.trained() != trainedEmbeddings) {
          throw new InvalidInputException(
              file
                  + ": train.emb_trainable is "
                  + trainedEmbeddings
                  + ", but "
                  + data
                  + " was prepared with the embeddings of '"
                  + field.name()
                  + (pretrained.trained() ? "' trained" : "' frozen")
                  + "; prepare it again");
        }
      }
    }
    if (given != givenEmbeddings) {
      throw new InvalidInputException(
          file
              + ": train.load_pretrain_emb is "
              + givenEmbeddings
              + ", but "
              + data
              + (given ? " has" : " has no")
              + " given embeddings; prepare it again");
    }
  }

  private void network() {
    String name = model.text("name");
    ReferenceModel what =
        ReferenceModel.of(name, quirks)
            .orElseThrow(
                () ->
                    model.refuse(
                        "name",
                        "it must name one of mlora, star, mlp, wdl, nfm, autoint, pnn, deepfm, dcn,"
                            + " xdeepfm and fibinet"));
    if (name.contains("_single") && name.contains("lora")) {
      throw model.refuse(
          "name", "a single adapter for all domains is not offered; use NAME_single or NAME_lora");
    }
    flags.put("model", what.model());
    flags.put("hidden", model.counts("hidden_dim"));
    flags.put("embedding-dim", Integer.toString(width()));
    flags.put("adapter-l2", "0");
    switch (what.kind()) {
      case MLORA -> mlora();
      case STAR -> star();
      case DEEPCTR -> deepCtr(what);
    }
    norm(what.kind());
    auxiliary(what.kind() == ReferenceModel.Kind.STAR);
    flags.put("init", String.join(",", initializers));
    if (!options.isEmpty()) {
      flags.put("option", String.join(",", options));
    }
  }

  private int width() {
    int width = model.count("user_dim");
    for (String other : List.of("item_dim", "domain_dim")) {
      if (model.count(other) != width) {
        throw model.refuse(
            other,
            "it must be that of user_dim, "
                + width
                + ", as all fields of a data set without widths of its own have one");
      }
    }
    return width;
  }

  private void start(String embedding, String weight) {
    initializers.add("embedding=" + embedding);
    initializers.add("weight=" + weight);
    initializers.add("adapter_a=" + weight + ":domains");
    initializers.add("head=" + weight);
  }

  /** Spec §4. */
  private void mlora() {
    flags.put("embedding-l2", "0");
    start("uniform:0.05", "glorot_uniform");
    String dense = model.text("dense");
    boolean freezes = dense.contains("mlora_freeze");
    if (!freezes && !dense.equals("mlora") && !dense.equals("dense")) {
      throw model.refuse("dense", "it must be dense, mlora or mlora_freeze");
    }
    if (dense.contains("finetune")) {
      throw model.refuse(
          "dense",
          "the published code stops there (Q26); new domains are added by 'mlora onboard'");
    }
    if (freezes && !model.text("pretrain_judge").equals("True")) {
      throw model.refuse(
          "pretrain_judge", "the second phase follows the first in one run; it must be \"True\"");
    }
    if (!freezes) {
      model.ignore("pretrain_judge", "only dense mlora_freeze has two phases");
    }
    flags.put("phases", freezes ? "pretrain-finetune" : "joint");
    if (dense.equals("dense")) {
      flags.put("adapter", "none");
      flags.put("dropout", "0");
      model.ignore("dropout", "layers of dense 'dense' have none (Q15)");
      model.ignore("lora_r", "dense 'dense' has no adapters");
      model.ignore("lora_reduce", "dense 'dense' has no adapters");
      return;
    }
    flags.put("adapter", "mlora");
    dropout();
    int rank = model.has("lora_r") ? model.whole("lora_r") : -1;
    if (rank < 1) {
      flags.put("alpha", Integer.toString(model.count("lora_reduce")));
    } else {
      model.ignore("lora_reduce", "lora_r gives the rank");
      int layers = model.counts("hidden_dim").split(",", -1).length;
      flags.put("ranks", String.join(",", Collections.nCopies(layers, Integer.toString(rank))));
    }
  }

  /** Spec §5. */
  private void star() {
    flags.put("embedding-l2", "0");
    flags.put("adapter", "none");
    flags.put("phases", "joint");
    start("uniform:0.05", "glorot_uniform");
    model.text("dense");
    for (String key : List.of("lora_r", "lora_reduce")) {
      model.ignore(key, "STAR has no adapters");
    }
    model.ignore("pretrain_judge", "STAR has one phase");
    model.ignore("dropout", "STAR has none");
    if (quirks.contains(Quirk.STAR_START)) {
      options.add("star_start=glorot");
    }
  }

  /** Spec §6. */
  private void deepCtr(ReferenceModel what) {
    flags.put("embedding-l2", "1e-5");
    flags.put("phases", "joint");
    boolean small = quirks.contains(Quirk.EMBEDDING_START) && !what.adapted();
    start(small ? "normal:1e-4" : "normal:0.01", "glorot_normal");
    model.ignore("dense", "the name says which layers there are");
    model.ignore("pretrain_judge", "only name 'mlora' has two phases");
    model.ignore("lora_r", "the published code does not use it in this model (Q11)");
    dropout();
    if (what.adapted()) {
      flags.put("adapter", "mlora");
      flags.put("alpha", Integer.toString(model.count("lora_reduce")));
    } else {
      flags.put("adapter", "none");
      model.ignore("lora_reduce", "the name asks for no adapters");
    }
    if (Models.options(what.model()).stream().anyMatch(o -> o.name().equals(PENALTY_START))) {
      options.add(PENALTY_START + "=0");
    }
    boolean linear = !what.model().equals("mlp") && !what.model().equals("pnn");
    if (linear && quirks.contains(Quirk.LINEAR_FREEZES)) {
      options.add("linear_freezes=true");
    }
  }

  private void dropout() {
    flags.put("dropout", model.number("dropout", p -> p >= 0 && p < 1, "in [0, 1)"));
  }

  private void norm(ReferenceModel.Kind kind) {
    String norm = model.has("norm") ? model.text("norm") : "none";
    boolean offered = kind != ReferenceModel.Kind.DEEPCTR;
    if (offered) {
      options.add("norm=" + (norm.equals("pn") ? "partitioned" : "none"));
    }
    if (!norm.equals("none") && !(offered && norm.equals("pn"))) {
      model.ignore("norm", "only 'pn' of star and mlora is offered; the model trains without");
    }
  }

  private void auxiliary(boolean star) {
    if (!star) {
      model.ignore("auxiliary_net", "only STAR has an auxiliary network");
      model.ignore("auxiliary_dim", "only STAR has an auxiliary network");
      return;
    }
    boolean on = model.flagIfPresent("auxiliary_net");
    options.add("auxiliary=" + on);
    if (on) {
      options.add("auxiliary_width=" + model.count("auxiliary_dim"));
    } else {
      model.ignore("auxiliary_dim", "auxiliary_net is false");
    }
  }
}
