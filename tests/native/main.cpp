#include <cstdio>
#include <cstring>

#include "check.h"
#include "mlora.h"

int main(int argc, char** argv) {
  int failed = 0, run = 0, skipped = 0;
  for (const check::Test& test : check::tests()) {
    if (argc > 1 && std::strstr(test.name, argv[1]) == nullptr) continue;
    ++run;
    try {
      test.function();
    } catch (const check::Skip& skip) {
      ++skipped;
      std::printf("SKIP %s: %s\n", test.name, skip.what());
    } catch (const std::exception& failure) {
      ++failed;
      std::printf("FAIL %s: %s\n", test.name, failure.what());
    }
  }
  if (mlora_live_handles() != 0 && failed == 0) {
    std::printf("FAIL: %lld handles are still alive\n", static_cast<long long>(mlora_live_handles()));
    ++failed;
  }
  std::printf("%d tests, %d failed, %d skipped (%s)\n", run, failed, skipped, mlora_cpu_instruction_set());
  return run == 0 || failed > 0 ? 1 : 0;
}
