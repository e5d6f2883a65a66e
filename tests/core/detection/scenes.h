#pragma once
#include <filesystem>
#include <optional>
#include <random>
#include <string>

#include <nlohmann/json.hpp>

#include "core/data/box_dataset.h"

namespace plumbline::test {

/// references.json: small inputs and what pycocotools, tidecv and ensemble-boxes make of them
/// (make_references.py).
const nlohmann::json& references();

struct Scene {
  BoxDataset truth;
  DetectionSet detections;
};
/// Reads both documents as files are read.
Scene read_scene(const nlohmann::json& truth, const nlohmann::json& detections);
Scene reference_scene(std::size_t number);

/// ../shared/data/coco; nothing where it is absent.
std::optional<std::filesystem::path> coco_folder();
BoxDataset read_truth(const std::filesystem::path& file);
DetectionSet read_detections(const std::filesystem::path& file, const BoxDataset& truth);

/// Images of 100 × 100 with objects of two classes and detections near them, some of equal score.
Scene random_scene(std::mt19937& random, int images = 6);

}  // namespace plumbline::test
