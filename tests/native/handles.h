// Handles of the C API that destroy themselves, and calls that must succeed.
#ifndef MLORA_TESTS_HANDLES_H
#define MLORA_TESTS_HANDLES_H

#include <memory>
#include <string>
#include <vector>

#include "check.h"
#include "mlora.h"

#define OK(call) CHECK((call) == MLORA_OK, mlora_last_error())

struct Destroy {
  void operator()(mlora_network* p) const { mlora_network_destroy(p); }
  void operator()(mlora_columns* p) const { mlora_columns_destroy(p); }
  void operator()(mlora_engine* p) const { mlora_engine_destroy(p); }
};
using NetworkHandle = std::unique_ptr<mlora_network, Destroy>;
using ColumnsHandle = std::unique_ptr<mlora_columns, Destroy>;
using EngineHandle = std::unique_ptr<mlora_engine, Destroy>;

inline NetworkHandle new_network(int domains) {
  mlora_network* p = nullptr;
  OK(mlora_network_create(domains, &p));
  return NetworkHandle(p);
}
inline ColumnsHandle new_columns(const NetworkHandle& network, int rows) {
  mlora_columns* p = nullptr;
  OK(mlora_columns_create(network.get(), rows, &p));
  return ColumnsHandle(p);
}
inline EngineHandle new_engine(const NetworkHandle& network, int threads) {
  mlora_engine* p = nullptr;
  OK(mlora_engine_create(network.get(), threads, &p));
  return EngineHandle(p);
}
inline void write(const EngineHandle& engine, int parameter, const std::vector<float>& values,
                  int slot = MLORA_SLOT_VALUE) {
  OK(mlora_engine_write(engine.get(), parameter, slot, 0, values.data(), static_cast<int64_t>(values.size())));
}
inline std::vector<float> read(const EngineHandle& engine, int parameter, size_t count, int slot = MLORA_SLOT_VALUE) {
  std::vector<float> values(count);
  OK(mlora_engine_read(engine.get(), parameter, slot, 0, values.data(), static_cast<int64_t>(count)));
  return values;
}

#endif
