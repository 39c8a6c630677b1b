// Exact AUC by domain, as counts of pairs: positives, negatives, and twice the pairs that are in order.
//
// Rows are sorted by score (four passes of 8 bits), then stably by domain. With the number of negatives
// before each place known (a scan), a positive finds by bisection where its domain and its score's ties
// begin and end, and so how many negatives of its domain lie below it and beside it. Counts are integers,
// so the order of their atomic additions does not show; lanes of one domain add up before they add.
#include "families.h"
#include "memory.h"
#include "sort.h"

namespace mlora::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kScanThreads = 1024;

// Ascending with the score.
MLORA_DEVICE uint32_t key_of_score(float score) {
  // Zeros of both signs tie.
  const uint32_t bits = bits_of(score + 0.0f);
  return bits >> 31 != 0 ? ~bits : bits | 0x80000000u;
}

struct Ranking {
  const float* scores;
  const float* labels;
  const int32_t* domains;
  int64_t n;
  uint32_t* score;      // keys of scores, by place
  uint32_t* negatives;  // before a place; n + 1
  uint32_t* blocks;     // negatives by block of places
};

MLORA_KERNEL key_scores(Ranking ranking, Pairs pairs) {
  const int64_t i = thread_in_grid();
  if (i >= ranking.n) return;
  pairs.keys[i] = key_of_score(ranking.scores[i]);
  pairs.items[i] = static_cast<uint32_t>(i);
}

MLORA_KERNEL key_domains(Ranking ranking, Pairs pairs) {
  const int64_t i = thread_in_grid();
  if (i >= ranking.n) return;
  pairs.keys[i] = static_cast<uint32_t>(ranking.domains[pairs.items[i]] + 1);
}

MLORA_DEVICE bool is_negative(const Ranking& ranking, Pairs sorted, int64_t place) {
  return place < ranking.n && !(ranking.labels[sorted.items[place]] > 0.5f);
}

MLORA_KERNEL MLORA_BOUNDS(kScanThreads, 1) count_negatives(Ranking ranking, Pairs sorted) {
  SharedMemory memory;
  const Shared<int32_t> counts = memory.array<int32_t>(32);
  const int64_t place = thread_in_grid();
  if (place < ranking.n) ranking.score[place] = key_of_score(ranking.scores[sorted.items[place]]);
  const int count = count_bits(ballot(is_negative(ranking, sorted, place)));
  if (lane() == 0) counts[warp_in_block()] = count;
  block_sync();
  if (thread_index() != 0) return;
  int total = 0;
  for (int w = 0; w < 32; ++w) total += counts[w];
  ranking.blocks[block_index()] = static_cast<uint32_t>(total);
}

MLORA_KERNEL MLORA_BOUNDS(kScanThreads, 1) place_negatives(Ranking ranking, Pairs sorted) {
  SharedMemory memory;
  const Shared<int32_t> counts = memory.array<int32_t>(33);
  const int64_t place = thread_in_grid();
  const uint32_t negatives = ballot(is_negative(ranking, sorted, place));
  if (lane() == 0) counts[warp_in_block()] = count_bits(negatives);
  if (warp_in_block() == 0) {
    uint32_t before = 0;
    for (int64_t block = lane(); block < block_index(); block += 32) before += ranking.blocks[block];
    for (int mask = 16; mask > 0; mask /= 2) before += shuffle_xor(before, mask);
    if (lane() == 0) counts[32] = static_cast<int32_t>(before);
  }
  block_sync();
  int64_t before = static_cast<int64_t>(counts[32]) + count_bits(negatives & ((1u << lane()) - 1));
  for (int w = 0; w < warp_in_block(); ++w) before += counts[w];
  if (place <= ranking.n) ranking.negatives[place] = static_cast<uint32_t>(before);
}

// First place in [low, high) whose key and score are not below these.
MLORA_DEVICE int64_t lower_bound(const Ranking& ranking, const uint32_t* keys, int64_t low, int64_t high, uint32_t key,
                                 uint64_t score) {
  while (low < high) {
    const int64_t middle = (low + high) / 2;
    if (keys[middle] < key || (keys[middle] == key && ranking.score[middle] < score)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

MLORA_KERNEL count_pairs(Ranking ranking, Pairs sorted, uint64_t* pairs) {
  const int64_t place = thread_in_grid();
  const bool inside = place < ranking.n;
  const uint32_t key = inside ? sorted.keys[place] : 0xFFFFFFFFu;
  const bool negative = is_negative(ranking, sorted, place), positive = inside && !negative;
  uint64_t ordered = 0;
  if (positive) {
    const uint64_t score = ranking.score[place];
    const int64_t first = lower_bound(ranking, sorted.keys, 0, place, key, 0);
    const int64_t begin = lower_bound(ranking, sorted.keys, first, place, key, score);
    const int64_t end = lower_bound(ranking, sorted.keys, place, ranking.n, key, score + 1);
    const uint64_t below = ranking.negatives[begin] - ranking.negatives[first];
    ordered = 2 * below + (ranking.negatives[end] - ranking.negatives[begin]);
  }
  uint64_t positives = positive ? 1 : 0, negatives = negative ? 1 : 0;
  if (match(key) == 0xFFFFFFFFu) {
    for (int mask = 16; mask > 0; mask /= 2) {
      positives += shuffle_xor(positives, mask);
      negatives += shuffle_xor(negatives, mask);
      ordered += shuffle_xor(ordered, mask);
    }
    if (lane() != 0) return;
  }
  if (!inside) return;
  if (positives > 0) atomic_add(pairs + 3 * int64_t{key}, positives);
  if (negatives > 0) atomic_add(pairs + 3 * int64_t{key} + 1, negatives);
  if (ordered > 0) atomic_add(pairs + 3 * int64_t{key} + 2, ordered);
}

struct AucMemory {
  Pairs pairs, other;
  uint32_t* sort_work;
  uint32_t* score;
  uint32_t* negatives;
  uint32_t* blocks;
  int64_t bytes;
};

AucMemory lay_out_auc(uint64_t memory, int64_t n) {
  int64_t used = 0;
  const auto words = [&](int64_t count) {
    const uint64_t at = memory + used;
    used += (4 * count + 255) / 256 * 256;
    return pointer<uint32_t>(at);
  };
  AucMemory out = {};
  out.pairs = {words(n), words(n)};
  out.other = {words(n), words(n)};
  out.sort_work = words(sort_work(n));
  out.score = words(n);
  out.negatives = words(n + 1);
  out.blocks = words(ceil_div(n + 1, kScanThreads));
  out.bytes = used;
  return out;
}

void check_auc(int32_t n, int32_t domain_count) {
  require(n >= 1, "AUC needs at least one row");
  require(domain_count >= 1 && domain_count <= 1 << 20, "there are 1 to 2^20 domains");
}

}  // namespace

int64_t auc_bytes(int32_t n, int32_t domain_count) {
  check_auc(n, domain_count);
  return lay_out_auc(0, n).bytes;
}

void auc(uint64_t scores, uint64_t labels, uint64_t domains, int32_t n, int32_t domain_count, uint64_t pairs,
         uint64_t memory, Stream stream) {
  check_auc(n, domain_count);
  require(scores != 0 && labels != 0 && domains != 0 && pairs != 0 && memory != 0 && memory % 16 == 0,
          "AUC needs scores, labels, domains, a place for its pairs and memory");
  const AucMemory at = lay_out_auc(memory, n);
  const Ranking ranking = {pointer<const float>(scores), pointer<const float>(labels), pointer<const int32_t>(domains),
                           n, at.score, at.negatives, at.blocks};
  clear(pointer<void>(pairs), static_cast<size_t>(domain_count + 1) * 24, stream);
  launch(key_scores, ceil_div(n, kThreads), kThreads, 0, stream, ranking, at.pairs);
  const Pairs by_score = sort(at.pairs, at.other, n, 32, at.sort_work, stream);
  launch(key_domains, ceil_div(n, kThreads), kThreads, 0, stream, ranking, by_score);
  const Pairs free = by_score.keys == at.pairs.keys ? at.other : at.pairs;
  const Pairs sorted = sort(by_score, free, n, bits_below(uint64_t(domain_count) + 1), at.sort_work, stream);
  const int64_t blocks = ceil_div(int64_t{n} + 1, kScanThreads);
  launch(count_negatives, blocks, kScanThreads, shared_size<int32_t>(32), stream, ranking, sorted);
  launch(place_negatives, blocks, kScanThreads, shared_size<int32_t>(33), stream, ranking, sorted);
  launch(count_pairs, ceil_div(n, kThreads), kThreads, 0, stream, ranking, sorted, pointer<uint64_t>(pairs));
}

}  // namespace mlora::cuda
