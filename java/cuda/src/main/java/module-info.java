/** The CUDA backend; found by its provider, nothing else need know it. */
module org.mlora.cuda {
  exports org.mlora.cuda;
  exports org.mlora.cuda.gemm;
  exports org.mlora.cuda.runtime;

  requires jcublas;
  requires jcuda;
  requires org.bytedeco.cuda;
  requires org.bytedeco.javacpp;
  requires transitive org.mlora.core;
  requires static org.jspecify;
  requires org.slf4j;

  provides org.mlora.backend.BackendProvider with
      org.mlora.cuda.CudaBackendProvider;
}
