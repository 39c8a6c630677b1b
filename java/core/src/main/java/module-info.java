/** Models, data, training and metrics of MLoRA, and the CPU backend. */
module org.mlora.core {
  exports org.mlora.backend;
  exports org.mlora.backend.cpu;
  exports org.mlora.backend.reference;
  exports org.mlora.calibration;
  exports org.mlora.checkpoint;
  exports org.mlora.data;
  exports org.mlora.data.npy;
  exports org.mlora.data.prepare;
  exports org.mlora.data.store;
  exports org.mlora.data.synthetic;
  exports org.mlora.data.table;
  exports org.mlora.domain;
  exports org.mlora.error;
  exports org.mlora.metric;
  exports org.mlora.model;
  exports org.mlora.nativelib to
      org.mlora.cli,
      org.mlora.cuda;
  exports org.mlora.network;
  exports org.mlora.random;
  exports org.mlora.report;
  exports org.mlora.serve;
  exports org.mlora.train;

  requires transitive com.fasterxml.jackson.databind;
  requires org.bytedeco.javacpp;
  requires static org.jspecify;
  requires org.slf4j;

  uses org.mlora.backend.BackendProvider;
  uses org.mlora.model.Model;
}
