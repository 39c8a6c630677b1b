package org.mlora.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How the published code trains (spec §8), by the sections train and dataset, as flags. */
final class ReferenceProtocol {
  private static final String NOT_READ = "the published code does not read it";
  private static final List<String> NOT_READ_THERE =
      List.of(
          "meta_learning_rate",
          "domain_meta_learning_rate",
          "merged_method",
          "sample_num",
          "add_query_domain",
          "finetune_every_epoch",
          "shuffle_sequence",
          "meta_sequence",
          "target_domain",
          "domain_regulation_step",
          "meta_train_step",
          "meta_finetune_step",
          "meta_split",
          "meta_split_ratio",
          "average_meta_grad",
          "meta_parms",
          "val_every_step",
          "shuffle_buff_size");

  private final ReferenceSection train;
  private final ReferenceSection dataset;
  private final Map<String, String> flags = new LinkedHashMap<>();

  private ReferenceProtocol(ReferenceSection train, ReferenceSection dataset) {
    this.train = train;
    this.dataset = dataset;
  }

  /** The flags of both sections, whose keys are used or said to have no effect. */
  static Map<String, String> flags(ReferenceSection train, ReferenceSection dataset) {
    ReferenceProtocol protocol = new ReferenceProtocol(train, dataset);
    protocol.training();
    protocol.rows();
    return protocol.flags;
  }

  private void training() {
    flags.put("batching", "single-domain");
    flags.put("early-stop", "mean-auc");
    flags.put("calibration", "none");
    flags.put("epochs", Integer.toString(train.count("epoch")));
    flags.put("patience", Integer.toString(train.count("patience")));
    flags.put("lr", train.number("learning_rate", rate -> rate > 0, "a number above 0"));
    if (!train.text("optimizer").equals("adam")) {
      throw train.refuse("optimizer", "only adam is offered with these files");
    }
    flags.put("optimizer", "adam");
    flags.put("adam-epsilon", "1e-8");
    flags.put("adam-epsilon-rule", "tensorflow");
    if (!train.text("loss").equals("binary_crossentropy")) {
      throw train.refuse("loss", "models are trained on binary_crossentropy");
    }
    if (train.flagIfPresent("train_from_ckp")) {
      throw train.refuse("train_from_ckp", "set it to false, and go on with a run by --resume");
    }
    train.ignore("checkpoint_path", "checkpoints go to the folder of the run, --out");
    train.ignore("result_save_path", "results go to the folder of the run, --out");
    train.ignore("histogram_freq", "there are no histograms, nor are there in the published code");
    NOT_READ_THERE.forEach(key -> train.ignore(key, NOT_READ));
  }

  private void rows() {
    flags.put("batch", Integer.toString(dataset.count("batch_size")));
    flags.put("seed", Integer.toString(dataset.whole("seed")));
    for (String key : List.of("name", "dataset_path", "domain_split_path")) {
      dataset.ignore(key, "--data names the data set");
    }
    dataset.ignore(
        "shuffle_buffer_size", "all rows of a domain are shuffled, not a buffer of them");
    dataset.ignore("num_parallel_reads", "files are mapped into memory");
    dataset.ignore("fixed_train", "training rows are always shuffled");
  }
}
