// Just enough JSON to read the golden files: numbers, strings, lists and objects, trusted input.
#ifndef MLORA_TESTS_JSON_H
#define MLORA_TESTS_JSON_H

#include <cstdlib>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

struct Json {
  double number = 0;
  std::string string;
  std::vector<Json> list;
  std::map<std::string, Json> object;

  const Json& operator[](const std::string& key) const { return object.at(key); }
  const Json& operator[](size_t i) const { return list.at(i); }
  bool has(const std::string& key) const { return object.count(key) > 0; }

  // Numbers of nested lists in order.
  std::vector<double> flat() const {
    std::vector<double> out;
    append(out);
    return out;
  }
  template <typename T>
  std::vector<T> as() const {
    std::vector<T> out;
    for (double value : flat()) out.push_back(static_cast<T>(value));
    return out;
  }

  static Json parse(const std::string& text) {
    const char* p = text.c_str();
    return parse(p);
  }

 private:
  void append(std::vector<double>& out) const {
    if (list.empty()) {
      out.push_back(number);
    } else {
      for (const Json& item : list) item.append(out);
    }
  }

  static void space(const char*& p) {
    while (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r') ++p;
  }

  static std::string quoted(const char*& p) {
    std::string out;
    for (++p; *p != '"'; ++p) {
      if (*p == '\0') throw std::runtime_error("unfinished string");
      out += *p;
    }
    ++p;
    return out;
  }

  static Json parse(const char*& p) {
    Json json;
    space(p);
    if (*p == '{' || *p == '[') {
      const char close = *p == '{' ? '}' : ']';
      ++p;
      for (space(p); *p != close; space(p)) {
        if (close == '}') {
          std::string key = quoted(p);
          space(p);
          ++p;
          json.object[key] = parse(p);
        } else {
          json.list.push_back(parse(p));
        }
        space(p);
        if (*p == ',') ++p;
        if (*p == '\0') throw std::runtime_error("unfinished JSON");
      }
      ++p;
    } else if (*p == '"') {
      json.string = quoted(p);
    } else {
      char* end = nullptr;
      json.number = std::strtod(p, &end);
      if (end == p) {  // true, false, null
        while (*p >= 'a' && *p <= 'z') ++p;
        return json;
      }
      p = end;
    }
    return json;
  }
};

#endif
