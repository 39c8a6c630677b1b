// Networks of the golden files, computed in double precision, described through the C API. The folder is
// MLORA_GOLDEN.
#ifndef MLORA_TESTS_GOLDEN_H
#define MLORA_TESTS_GOLDEN_H

#include <string>
#include <vector>

#include "handles.h"
#include "json.h"

struct Golden {
  Json json;
  bool adapters = false;
  NetworkHandle network;
  std::vector<std::string> names;
  std::vector<std::vector<float>> values;

  // Reads the file and lays out its model.
  Golden(const std::string& file, double dropout);

  int parameter(const std::string& name, int row_kind);
  EngineHandle engine(int threads = 1) const;
  // Trains all parameters, with this penalty on those the file puts one on.
  void rules(const EngineHandle& engine, double l2) const;

  int k() const { return size("k"); }
  int size(const std::string& key) const { return static_cast<int>(json[key].number); }
  int rows_of(const std::string& name) const;

  // Adds a value; its number is returned.
  int value(int width);
  int width(int value) const { return widths[value]; }
  // Tables of that prefix read side by side into a new value, each of that width.
  int lookups(const std::string& prefix, int width);
  int dense(int in, int out, const std::string& weight, const std::string& bias);
  int tower(int in, double dropout);
  int concat(const std::vector<int>& parts);
  int slice(int in, int from, int width);
  int sum_groups(int in, int groups);

 private:
  int logit(const std::string& base, double dropout);
  int crossed(int embeddings);
  int attended(int embeddings);
  int interacted(int embeddings);
  int bilinear(int fields, const std::string& prefix);
  int pairs(int embeddings);

  std::vector<int> widths;
};

#endif
