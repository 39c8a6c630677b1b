// What the kernels of layers of domains share.
#ifndef MLORA_KERNELS_DOMAIN_DENSE_H
#define MLORA_KERNELS_DOMAIN_DENSE_H

#include "interactions.h"
#include "matrix.h"
#include "product.h"

namespace mlora::cuda {

// The weights of a domain, where there are any: its own, times those that are shared.
class Weights {
 public:
  MLORA_DEVICE Weights(const mlora_cuda_domain_dense& dense, int domain)
      : out_(dense.h.width), own_(nullptr), own_bias_(nullptr), shared_(pointer<const float>(dense.shared_weight)),
        shared_bias_(pointer<const float>(dense.shared_bias)) {
    if (domain < 0) return;
    own_ = pointer<const float>(dense.weight) + static_cast<int64_t>(domain) * dense.x.width * out_;
    own_bias_ = pointer<const float>(dense.bias) + static_cast<int64_t>(domain) * out_;
  }

  MLORA_DEVICE bool none() const { return own_ == nullptr && shared_ == nullptr; }
  MLORA_DEVICE float at(int k, int n) const {
    const int64_t place = static_cast<int64_t>(k) * out_ + n;
    if (shared_ == nullptr) return own_[place];
    return own_ == nullptr ? shared_[place] : shared_[place] * own_[place];
  }
  MLORA_DEVICE float bias(int n) const {
    return (own_bias_ == nullptr ? 0.0f : own_bias_[n]) + (shared_bias_ == nullptr ? 0.0f : shared_bias_[n]);
  }

 private:
  int out_;
  const float* own_;
  const float* own_bias_;
  const float* shared_;
  const float* shared_bias_;
};

void check_domain_dense(const Batch& batch, const mlora_cuda_domain_dense& dense);

}  // namespace mlora::cuda
#endif
