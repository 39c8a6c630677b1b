// A very small test harness: TEST registers a function, CHECK ends it with a message. The program runs
// the tests whose names contain its argument, or all.
#ifndef MLORA_TESTS_CHECK_H
#define MLORA_TESTS_CHECK_H

#include <cmath>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace check {

struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};
// The test cannot run here; shown, and not a failure.
struct Skip : std::runtime_error {
  using std::runtime_error::runtime_error;
};

using Function = void (*)();
struct Test {
  const char* name;
  Function function;
};
inline std::vector<Test>& tests() {
  static std::vector<Test> all;
  return all;
}
struct Register {
  Register(const char* name, Function function) { tests().push_back({name, function}); }
};

template <typename... Parts>
std::string join(const Parts&... parts) {
  std::ostringstream out;
  out.precision(9);
  (out << ... << parts);
  return out.str();
}

// |got - want| <= relative * max(|want|, floor)
inline bool close(double got, double want, double relative, double floor) {
  return std::fabs(got - want) <= relative * std::fmax(std::fabs(want), floor);
}

}  // namespace check

#define TEST(name)                                        \
  static void name();                                     \
  static const check::Register register_##name(#name, name); \
  static void name()

#define CHECK(condition, ...)                                                                               \
  do {                                                                                                      \
    if (!(condition))                                                                                       \
      throw check::Failure(check::join(__FILE__, ":", __LINE__, ": ", #condition, "  " __VA_OPT__(,) __VA_ARGS__)); \
  } while (false)

#endif
