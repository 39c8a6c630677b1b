# What makes the library of kernels: compiled by nvcc for the device (native/cuda), by a C++ compiler for
# the emulator (tests/native/emulator).
set(MLORA_KERNEL_SOURCES)
foreach(family adapter_gradient auc batch catch_up columns convert dense_backward dense_forward lookup loss multiply
        narrow sort state table_update tables update)
  list(APPEND MLORA_KERNEL_SOURCES ${CMAKE_SOURCE_DIR}/kernels/${family}.cu)
endforeach()
list(APPEND MLORA_KERNEL_SOURCES ${CMAKE_SOURCE_DIR}/native/cuda/api.cu ${CMAKE_SOURCE_DIR}/native/cuda/cublas.cu)
set(MLORA_CUDA_INCLUDES ${CMAKE_SOURCE_DIR}/native/include ${CMAKE_SOURCE_DIR}/native/cuda ${CMAKE_SOURCE_DIR}/kernels)
