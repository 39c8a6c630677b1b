// Failures as C++ exceptions; api.cpp turns them into status codes and messages.
#ifndef MLORA_CPU_ERROR_H
#define MLORA_CPU_ERROR_H

#include <cstdarg>
#include <cstdint>
#include <new>
#include <stdexcept>
#include <string>

namespace mlora {

// An argument or the data is wrong; nothing changed.
class Invalid : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Memory was refused; the message says what it was for.
class OutOfMemory : public std::bad_alloc {
 public:
  explicit OutOfMemory(std::string message) : message_(std::move(message)) {}
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  std::string message_;
};

// printf into a string.
std::string text(const char* format, ...) __attribute__((format(printf, 1, 2)));

// Throws Invalid with the formatted message unless the condition holds.
#define MLORA_REQUIRE(condition, ...)                             \
  do {                                                            \
    if (!(condition)) throw ::mlora::Invalid(::mlora::text(__VA_ARGS__)); \
  } while (false)

// a * b for counts of values, refused where it does not fit in 48 bits.
inline int64_t product(int64_t a, int64_t b) {
  int64_t c;
  MLORA_REQUIRE(!__builtin_mul_overflow(a, b, &c) && c <= (int64_t{1} << 48), "%lld x %lld values are too many",
                static_cast<long long>(a), static_cast<long long>(b));
  return c;
}

}  // namespace mlora
#endif
