#include "core/engine/sums/norm_over_ranks.h"

#include <tuple>

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

namespace plumbline {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

thread_local RankSum* ranks_of_norms = nullptr;

/// One number a channel, for [share, channels, height, width].
at::Tensor by_channel(const at::Tensor& numbers) { return numbers.view({1, -1, 1, 1}); }

std::int64_t values_a_channel(const at::Tensor& x) { return x.numel() / x.size(1); }

struct Moments {
  at::Tensor mean, inverse_deviation;  ///< float32 [channels], of all ranks
};

/// Of all ranks' values; renews the running statistics.
Moments moments_of_ranks(RankSum& ranks, const at::Tensor& x, const at::Tensor& running_mean,
                         const at::Tensor& running_variance, double momentum, double epsilon) {
  const std::int64_t own_count = values_a_channel(x);
  if (x.is_cuda()) {
    const auto [mean, inverse] = at::batch_norm_stats(x, epsilon);
    const at::Tensor all = ranks.gathered(at::stack({mean, inverse}));
    const at::Tensor counts =
        at::full({ranks.ranks()}, static_cast<double>(own_count), running_mean.options());
    Moments moments;
    std::tie(moments.mean, moments.inverse_deviation) =
        at::batch_norm_gather_stats_with_counts(x, all.select(1, 0), all.select(1, 1), running_mean,
                                                running_variance, momentum, epsilon, counts);
    return moments;
  }
  const auto [own_variance, own_mean] =
      at::var_mean(x.to(at::kDouble), at::IntArrayRef{0, 2, 3}, /*unbiased=*/false);
  const at::Tensor all = ranks.gathered(at::stack({own_mean, own_variance}));
  // Shares are equal, so that means of means are means.
  const at::Tensor means = all.select(1, 0), mean = means.mean(0);
  const at::Tensor variance = all.select(1, 1).mean(0) + (means - mean).square().mean(0);
  const auto count = static_cast<double>(own_count * ranks.ranks());
  running_mean.mul_(1 - momentum).add_(mean.to(at::kFloat), momentum);
  running_variance.mul_(1 - momentum)
      .add_((variance * (count / (count - 1))).to(at::kFloat), momentum);
  return {mean.to(at::kFloat), (variance + epsilon).rsqrt().to(at::kFloat)};
}

class NormOverRanksFunction : public torch::autograd::Function<NormOverRanksFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& input,
                            const at::Tensor& weight, const at::Tensor& bias,
                            const at::Tensor& running_mean, const at::Tensor& running_variance,
                            double momentum, double epsilon, RankSum* ranks) {
    const at::AutoDispatchBelowADInplaceOrView below;
    const at::Tensor x = input.contiguous(input.suggest_memory_format());
    const Moments moments =
        moments_of_ranks(*ranks, x, running_mean, running_variance, momentum, epsilon);
    context->save_for_backward({x, weight, moments.mean, moments.inverse_deviation});
    context->saved_data["ranks"] = reinterpret_cast<std::int64_t>(ranks);
    if (x.is_cuda())
      return at::batch_norm_elemt(x, weight, bias, moments.mean, moments.inverse_deviation,
                                  epsilon);
    const at::Tensor scale = moments.inverse_deviation * weight;
    return ((x - by_channel(moments.mean)) * by_channel(scale) + by_channel(bias))
        .to(x.scalar_type());
  }

  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    TORCH_CHECK(!at::GradMode::is_enabled(),
                "norm_over_ranks: its gradient cannot be differentiated again");
    const at::AutoDispatchBelowADInplaceOrView below;
    const auto saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &weight = saved[1], &mean = saved[2], &inverse = saved[3];
    auto& ranks = *reinterpret_cast<RankSum*>(context->saved_data["ranks"].toInt());
    const at::Tensor by_output = grads[0].contiguous(x.suggest_memory_format());
    const auto [by_x, by_weight, by_bias] =
        x.is_cuda() ? on_gpu(ranks, by_output, x, weight, mean, inverse)
                    : by_formula(ranks, by_output, x, weight, mean, inverse);
    return {by_x, by_weight, by_bias, {}, {}, {}, {}, {}};
  }

 private:
  using Gradients = std::tuple<at::Tensor, at::Tensor, at::Tensor>;

  static Gradients on_gpu(RankSum& ranks, const at::Tensor& by_output, const at::Tensor& x,
                          const at::Tensor& weight, const at::Tensor& mean,
                          const at::Tensor& inverse) {
    const auto [sum, sum_centred, by_weight, by_bias] = at::batch_norm_backward_reduce(
        by_output, x, mean, inverse, weight, /*input_g=*/true, /*weight_g=*/true, /*bias_g=*/true);
    const at::Tensor sums = at::stack({sum, sum_centred});
    ranks.add(sums);
    const at::Tensor counts =
        at::full({ranks.ranks()}, values_a_channel(x), x.options().dtype(at::kInt));
    return {at::batch_norm_backward_elemt(by_output, x, mean, inverse, weight, sums.select(0, 0),
                                          sums.select(0, 1), counts),
            by_weight, by_bias};
  }

  static Gradients by_formula(RankSum& ranks, const at::Tensor& by_output, const at::Tensor& x,
                              const at::Tensor& weight, const at::Tensor& mean,
                              const at::Tensor& inverse) {
    const at::Tensor normal = (x.to(at::kFloat) - by_channel(mean)) * by_channel(inverse);
    const at::Tensor given = by_output.to(at::kFloat);
    const at::Tensor by_bias = given.sum({0, 2, 3}), by_weight = (given * normal).sum({0, 2, 3});
    const at::Tensor sums = at::stack({by_bias, by_weight});
    ranks.add(sums);
    sums.div_(static_cast<double>(values_a_channel(x) * ranks.ranks()));
    const at::Tensor by_x =
        (given - by_channel(sums.select(0, 0)) - normal * by_channel(sums.select(0, 1))) *
        by_channel(weight * inverse);
    return {by_x.to(x.scalar_type()), by_weight, by_bias};
  }
};

}  // namespace

at::Tensor norm_over_ranks(RankSum& ranks, const at::Tensor& x, const at::Tensor& weight,
                           const at::Tensor& bias, const at::Tensor& mean,
                           const at::Tensor& variance, double momentum, double epsilon) {
  return NormOverRanksFunction::apply(x, weight, bias, mean, variance, momentum, epsilon, &ranks);
}

NormsOverRanks::NormsOverRanks(RankSum* ranks) : before_(ranks_of_norms) {
  if (ranks != nullptr) ranks_of_norms = ranks;
}
NormsOverRanks::~NormsOverRanks() { ranks_of_norms = before_; }
RankSum* NormsOverRanks::now() { return ranks_of_norms; }

}  // namespace plumbline
