// The C API's descriptions of interactions among the columns of a row.
#include "guard.h"
#include "network.h"

using mlora::guard;
using mlora::need;

#pragma GCC visibility push(default)
extern "C" {

mlora_status mlora_network_copy(mlora_network* network, int32_t in, int32_t from, int32_t width, int32_t out,
                                int32_t column) {
  return guard([&] { need(network, "network").network.add(mlora::CopyOp{in, from, width, out, column}); });
}

mlora_status mlora_network_sum_groups(mlora_network* network, int32_t in, int32_t out) {
  return guard([&] { need(network, "network").network.add(mlora::SumGroupsOp{in, out}); });
}

mlora_status mlora_network_multiply_add(mlora_network* network, int32_t a, int32_t b, int32_t c, int32_t out) {
  return guard([&] { need(network, "network").network.add(mlora::MultiplyAddOp{a, b, c, out}); });
}

mlora_status mlora_network_add(mlora_network* network, int32_t a, int32_t b, int32_t activation, int32_t out) {
  return guard([&] { need(network, "network").network.add(mlora::AddOp{a, b, activation, out}); });
}

mlora_status mlora_network_detach(mlora_network* network, int32_t in, int32_t out) {
  return guard([&] { need(network, "network").network.add(mlora::DetachOp{in, out}); });
}

mlora_status mlora_network_gate(mlora_network* network, int32_t in, int32_t gate, double factor, double steepness,
                                double threshold, int32_t out) {
  return guard([&] {
    need(network, "network").network.add(mlora::GateOp{in, gate, factor, steepness, threshold, out});
  });
}

mlora_status mlora_network_cross(mlora_network* network, int32_t start, int32_t in, int32_t weight, int32_t bias,
                                 int32_t out) {
  return guard([&] { need(network, "network").network.add(mlora::CrossOp{start, in, weight, bias, out}); });
}

mlora_status mlora_network_bi_interaction(mlora_network* network, int32_t in, int32_t fields, int32_t out) {
  return guard([&] { need(network, "network").network.add(mlora::BiInteractionOp{in, fields, out}); });
}

mlora_status mlora_network_inner_products(mlora_network* network, int32_t in, int32_t fields, int32_t out) {
  return guard([&] { need(network, "network").network.add(mlora::InnerProductsOp{in, fields, out}); });
}

mlora_status mlora_network_bilinear(mlora_network* network, int32_t in, int32_t fields, int32_t sharing,
                                    const int32_t* weights, int32_t count, int32_t out) {
  return guard([&] {
    MLORA_REQUIRE(count >= 0 && (weights != nullptr || count == 0), "%d matrices at a null pointer", count);
    need(network, "network")
        .network.add(mlora::BilinearOp{in, fields, sharing, std::vector<int>(weights, weights + count), out});
  });
}

mlora_status mlora_network_senet(mlora_network* network, int32_t in, int32_t fields, int32_t squeeze, int32_t excite,
                                 int32_t out) {
  return guard([&] { need(network, "network").network.add(mlora::SenetOp{in, fields, squeeze, excite, out}); });
}

mlora_status mlora_network_cin(mlora_network* network, int32_t start, int32_t in, int32_t width, int32_t weight,
                               int32_t bias, int32_t out) {
  return guard([&] { need(network, "network").network.add(mlora::CinOp{start, in, width, weight, bias, out}); });
}

mlora_status mlora_network_attention(mlora_network* network, int32_t in, int32_t fields, int32_t heads, double scale,
                                     int32_t query, int32_t key, int32_t value, int32_t residual, int32_t out) {
  return guard([&] {
    need(network, "network")
        .network.add(mlora::AttentionOp{in, fields, heads, scale, query, key, value, residual, out});
  });
}

mlora_status mlora_network_adapted_attention(mlora_network* network, int32_t in, int32_t fields, int32_t heads,
                                             double scale, int32_t query, int32_t key, int32_t value, int32_t residual,
                                             int32_t a, int32_t b_query, int32_t b_key, int32_t b_value,
                                             int32_t b_residual, int32_t rank, double adapter_scale, int32_t out) {
  return guard([&] {
    MLORA_REQUIRE(rank >= 1, "attention: adapters of rank %d", rank);
    need(network, "network")
        .network.add(mlora::AttentionOp{in, fields, heads, scale, query, key, value, residual, out, a,
                                        {b_query, b_key, b_value, b_residual}, rank, adapter_scale});
  });
}

mlora_status mlora_network_domain_dense(mlora_network* network, int32_t in, int32_t weight, int32_t bias,
                                        int32_t shared_weight, int32_t shared_bias, int32_t activation, int32_t out) {
  return guard([&] {
    need(network, "network")
        .network.add(mlora::DomainDenseOp{in, weight, bias, shared_weight, shared_bias, activation, out});
  });
}

mlora_status mlora_network_mixture(mlora_network* network, int32_t experts, int32_t gate, int32_t out) {
  return guard([&] { need(network, "network").network.add(mlora::MixtureOp{experts, gate, out}); });
}

mlora_status mlora_network_partitioned_norm(mlora_network* network, int32_t in, int32_t gamma, int32_t beta,
                                            int32_t moving, int32_t own_gamma, int32_t own_beta, int32_t own_moving,
                                            double momentum, double epsilon, int32_t out) {
  return guard([&] {
    need(network, "network")
        .network.add(mlora::PartitionedNormOp{in, gamma, beta, moving, own_gamma, own_beta, own_moving, momentum,
                                              epsilon, out});
  });
}

}  // extern "C"
#pragma GCC visibility pop
