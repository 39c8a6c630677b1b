# What makes the library of kernels: compiled by nvcc for the device (native/cuda), by a C++ compiler for
# the emulator (tests/native/emulator).
set(MLORA_KERNEL_SOURCES)
foreach(family adapter_gradient attention auc batch bilinear catch_up cin columns convert cross dense_backward
        dense_forward domain_dense domain_gradient elementwise field_adapters gate group lookup loss mixture multiply narrow pack pairs
        partitioned_norm partitioned_norm_gradient senet shuffle sort state table_update tables tower
        update weight_gradient)
  list(APPEND MLORA_KERNEL_SOURCES ${CMAKE_SOURCE_DIR}/kernels/${family}.cu)
endforeach()
foreach(part api cublas interactions_api)
  list(APPEND MLORA_KERNEL_SOURCES ${CMAKE_SOURCE_DIR}/native/cuda/${part}.cu)
endforeach()
set(MLORA_CUDA_INCLUDES ${CMAKE_SOURCE_DIR}/native/include ${CMAKE_SOURCE_DIR}/native/cuda ${CMAKE_SOURCE_DIR}/kernels)
