#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "../check.h"

// Runs the test that an argument names, else those whose names contain it, or all of them; --list prints their names.
// Each is named before it runs, so that one that never ends is known. With MLORA_PART=i/n in the
// environment only every n-th of them, from number i on.
int main(int argc, char** argv) {
  if (argc > 1 && std::strcmp(argv[1], "--list") == 0) {
    for (const check::Test& test : check::tests()) std::printf("%s\n", test.name);
    return 0;
  }
  int part = 0, parts = 1, number = 0;
  const char* const given = std::getenv("MLORA_PART");
  if (given != nullptr && (std::sscanf(given, "%d/%d", &part, &parts) != 2 || parts < 1)) {
    std::fprintf(stderr, "MLORA_PART is '%s'; it should be like 0/2\n", given);
    return 1;
  }
  const char* const wanted = argc > 1 ? argv[1] : "";
  bool named = false;
  for (const check::Test& test : check::tests()) named = named || std::strcmp(test.name, wanted) == 0;
  int failed = 0, run = 0, skipped = 0;
  for (const check::Test& test : check::tests()) {
    if (named ? std::strcmp(test.name, wanted) != 0 : std::strstr(test.name, wanted) == nullptr) continue;
    if (number++ % parts != part) continue;
    ++run;
    std::printf("run  %s\n", test.name);
    std::fflush(stdout);
    const auto start = std::chrono::steady_clock::now();
    const char* result = "ok  ";
    std::string why;
    try {
      test.function();
    } catch (const check::Skip& skip) {
      ++skipped;
      result = "SKIP";
      why = std::string(": ") + skip.what();
    } catch (const std::exception& failure) {
      ++failed;
      result = "FAIL";
      why = std::string(": ") + failure.what();
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    std::printf("%s %s %.2f s%s\n", result, test.name, seconds, why.c_str());
    std::fflush(stdout);
  }
  std::printf("%d tests, %d failed, %d skipped\n", run, failed, skipped);
  return run == 0 || failed > 0 ? 1 : 0;
}
