#pragma once
#include <barrier>
#include <functional>
#include <thread>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "core/engine/sums/rank_sum.h"

namespace plumbline::test {

/// Ranks that are threads of this process. Sums are made in the order of their numbers, on each
/// rank alike.
class ThreadRanks {
 public:
  explicit ThreadRanks(int count) : meeting_(count), shown_(static_cast<std::size_t>(count)) {}

  /// Does the work once a rank, at the same time. It must not throw.
  void run(const std::function<void(RankSum&)>& work) {
    std::vector<std::thread> threads;
    for (int rank = 0; rank < int(shown_.size()); ++rank)
      threads.emplace_back([this, rank, &work] {
        Rank one(*this, rank);
        work(one);
      });
    for (auto& thread : threads) thread.join();
  }

 private:
  class Rank : public RankSum {
   public:
    Rank(ThreadRanks& all, int rank) : all_(all), rank_(rank) {}
    int rank() const override { return rank_; }
    int ranks() const override { return int(all_.shown_.size()); }
    c10::Device device() const override { return c10::kCPU; }
    void add(const at::Tensor& values) override {
      const at::NoGradGuard no_grad;
      values.copy_(gathered(values).sum(0));
    }
    at::Tensor gathered(const at::Tensor& values) override {
      const at::NoGradGuard no_grad;
      all_.shown_[std::size_t(rank_)] = values;
      all_.meeting_.arrive_and_wait();
      at::Tensor stacked = at::stack(all_.shown_);
      // Nobody changes what another still reads.
      all_.meeting_.arrive_and_wait();
      return stacked;
    }

   private:
    ThreadRanks& all_;
    int rank_;
  };

  std::barrier<> meeting_;
  std::vector<at::Tensor> shown_;
};

/// The only rank: what is made for several, on any device, gives what it gives without.
class LoneRank : public RankSum {
 public:
  explicit LoneRank(c10::Device device) : device_(device) {}
  int rank() const override { return 0; }
  int ranks() const override { return 1; }
  c10::Device device() const override { return device_; }
  void add(const at::Tensor&) override {}
  at::Tensor gathered(const at::Tensor& values) override { return values.unsqueeze(0).clone(); }

 private:
  c10::Device device_;
};

}  // namespace plumbline::test
