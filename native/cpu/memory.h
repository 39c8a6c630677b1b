// Arrays of plain numbers: 64-byte aligned, zeroed, huge pages where large, OutOfMemory with a reason.
#ifndef MLORA_CPU_MEMORY_H
#define MLORA_CPU_MEMORY_H

#include <cstddef>
#include <cstdint>
#include <utility>

namespace mlora {

// count * size zeroed bytes; what names the purpose in the message of OutOfMemory.
void* allocate(int64_t count, int64_t size, const char* what);
void release(void* memory) noexcept;

template <typename T>
class Array {
 public:
  Array() = default;
  Array(int64_t count, const char* what) : data_(static_cast<T*>(allocate(count, sizeof(T), what))), size_(count) {}
  Array(Array&& other) noexcept : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  Array& operator=(Array&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  Array(const Array&) = delete;
  Array& operator=(const Array&) = delete;
  ~Array() { release(data_); }

  // Replaces the array by a zeroed one where it is too small; the old values are lost.
  void reserve(int64_t count, const char* what) {
    if (count > size_) *this = Array(count, what);
  }
  T* data() const { return data_; }
  int64_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T& operator[](int64_t i) const { return data_[i]; }
  T* begin() const { return data_; }
  T* end() const { return data_ + size_; }

 private:
  T* data_ = nullptr;
  int64_t size_ = 0;
};

}  // namespace mlora
#endif
