#pragma once
#include "core/planer/backbone_config.h"

namespace plumbline::test {

/// What tests choose of a backbone that is quick to compute.
struct BackboneSizes {
  std::int64_t layers = 2, d_model = 32, heads = 8, d_head = 4, d_inner = 48;
  std::int64_t vocabulary = 20, experts = 4;
  SegmentShape segment = {6, 6};  ///< at training and evaluation
};

inline BackboneConfig small_backbone(const BackboneSizes& sizes = {}) {
  BackboneConfig config;
  config.name = "small";
  config.layers = sizes.layers;
  config.d_model = sizes.d_model;
  config.heads = sizes.heads;
  config.d_head = sizes.d_head;
  config.d_inner = sizes.d_inner;
  config.vocabulary = sizes.vocabulary;
  config.experts = sizes.experts;
  config.train = config.evaluation = sizes.segment;
  return config;
}

/// A backbone of the same sizes as GPT-2 is built.
inline BackboneConfig as_gpt2(BackboneConfig config) {
  config.positions = Positions::learned;
  config.norm = NormPlace::pre;
  config.activation = Activation::gelu;
  config.projection_biases = true;
  return config;
}

}  // namespace plumbline::test
