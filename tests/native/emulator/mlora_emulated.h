/*
 * A device runtime for libmlora_cuda_emulated, which exports the whole of mlora_cuda.h, with the same
 * kernels run on the CPU, and the functions below in place of a driver. Addresses are addresses of the
 * process; streams are what mlora_cuda.h takes as a stream.
 *
 * Streams are lazy: work is only queued, and done when something waits for it (synchronize, a free, or
 * an event). Host memory given to an asynchronous copy is read or written
 * then, so that a caller who does not wait finds wrong numbers here as on a device. A fault of a kernel
 * is reported by the call that waits. All functions may be called from any thread, one at a time.
 */
#ifndef MLORA_EMULATED_H
#define MLORA_EMULATED_H

#include "mlora_cuda.h"

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

typedef struct mlora_emulated_graph mlora_emulated_graph;
typedef struct mlora_emulated_event mlora_emulated_event;

/* Device memory. bytes 0 is refused; memory is filled with 0xFF. Beyond the limit (1 GiB at first):
   OUT_OF_MEMORY. free waits for all streams; freeing anything else than an allocation is INVALID. */
mlora_cuda_status mlora_emulated_memory_limit(int64_t bytes);
mlora_cuda_status mlora_emulated_allocate(int64_t bytes, uint64_t* address);
mlora_cuda_status mlora_emulated_free(uint64_t address);
mlora_cuda_status mlora_emulated_memory(int64_t* free_bytes, int64_t* total_bytes);
/* Allocations, streams, events and graphs that exist, for leak checks. */
int64_t mlora_emulated_live(void);

/* What is given to the stream NULL is done at once. */
mlora_cuda_status mlora_emulated_stream_create(void** stream);
mlora_cuda_status mlora_emulated_stream_destroy(void* stream);
mlora_cuda_status mlora_emulated_stream_synchronize(void* stream);
mlora_cuda_status mlora_emulated_event_create(mlora_emulated_event** event);
mlora_cuda_status mlora_emulated_event_destroy(mlora_emulated_event* event);
mlora_cuda_status mlora_emulated_event_record(mlora_emulated_event* event, void* stream);
/* The stream waits for what was recorded; a stream that waits for an event of a capturing stream joins
   the capture, as in CUDA. */
mlora_cuda_status mlora_emulated_stream_wait(void* stream, mlora_emulated_event* event);
mlora_cuda_status mlora_emulated_event_synchronize(mlora_emulated_event* event);

/* Copies; device ranges must lie within one allocation. host is read or written when the copy is done. */
mlora_cuda_status mlora_emulated_copy_in(uint64_t to, const void* host, int64_t bytes, void* stream);
mlora_cuda_status mlora_emulated_copy_out(void* host, uint64_t from, int64_t bytes, void* stream);
mlora_cuda_status mlora_emulated_copy(uint64_t to, uint64_t from, int64_t bytes, void* stream);
/* count values of 32 bits. */
mlora_cuda_status mlora_emulated_fill(uint64_t address, uint32_t value, int64_t count, void* stream);

/* What is enqueued between begin and end goes into a graph and is not done. Waiting for a capturing
   stream is INVALID. Nodes of different streams that do not wait for each other are done in the order in
   which they were enqueued, or in the opposite one, launch by launch in turn. */
mlora_cuda_status mlora_emulated_capture_begin(void* stream);
mlora_cuda_status mlora_emulated_capture_end(void* stream, mlora_emulated_graph** graph);
mlora_cuda_status mlora_emulated_graph_launch(mlora_emulated_graph* graph, void* stream);
mlora_cuda_status mlora_emulated_graph_nodes(const mlora_emulated_graph* graph, int64_t* nodes);
mlora_cuda_status mlora_emulated_graph_destroy(mlora_emulated_graph* graph);

/* The host's matrix product, enqueued on the stream: what cuBLAS is to a device. */
mlora_cuda_status mlora_emulated_gemm(const mlora_cuda_product* product, void* stream);

/* Order in which threads and blocks of later launches run; results must not depend on it. */
void mlora_emulated_set_schedule(uint64_t seed);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif
