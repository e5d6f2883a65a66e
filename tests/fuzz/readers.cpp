#include <array>

#include "tests/fuzz/reader.h"

namespace plumbline::fuzz {

void read_archive(Content);
void read_bound_policy(Content);
void read_cifar10(Content);
void read_coco_content(Content);
void read_coco_results_content(Content);
void read_control_lines(Content);
void read_exif(Content);
void read_idx_images(Content);
void read_idx_labels(Content);
void read_image_content(Content);
void read_job_events(Content);
void read_job_folder(Content);
void read_key_maps(Content);
void read_manifest_lines(Content);
void read_model_card(Content);
void read_npy_content(Content);
void read_package(Content);
void read_packed_text(Content);
void read_planer_documents(Content);
void read_policy_text(Content);
void read_prediction_content(Content);
void read_safetensors_content(Content);
void read_study(Content);
void read_text_content(Content);
void read_thumbnail_pack(Content);
void read_view_text(Content);
void read_voc_content(Content);
void read_word_list_content(Content);
void read_yolo_content(Content);

std::span<const Reader> readers() {
  static constexpr std::array table = {
      Reader{"archive", read_archive},
      Reader{"bound-policy", read_bound_policy},
      Reader{"cifar10", read_cifar10},
      Reader{"coco", read_coco_content, 1 << 13},
      Reader{"coco-results", read_coco_results_content, 1 << 13},
      Reader{"control", read_control_lines},
      Reader{"exif", read_exif, 4096},
      Reader{"idx", read_idx_images},
      Reader{"idx-labels", read_idx_labels},
      // One function, a corpus and hence a course of its own for each decoder.
      Reader{"jpeg", read_image_content, 1 << 12},
      Reader{"png", read_image_content, 1 << 12},
      Reader{"tiff", read_image_content, 1 << 12},
      Reader{"other-images", read_image_content, 1 << 12},
      Reader{"job-events", read_job_events},
      Reader{"job-folder", read_job_folder},
      Reader{"key-maps", read_key_maps},
      Reader{"manifest", read_manifest_lines},
      Reader{"model-card", read_model_card},
      Reader{"npy", read_npy_content},
      Reader{"package", read_package},
      Reader{"packed-text", read_packed_text, 4096},
      Reader{"planer", read_planer_documents},
      Reader{"policy", read_policy_text, 4096},
      Reader{"predictions", read_prediction_content},
      Reader{"safetensors", read_safetensors_content},
      Reader{"study", read_study, 4096},
      Reader{"text", read_text_content},
      Reader{"thumbnails", read_thumbnail_pack},
      Reader{"views", read_view_text, 4096},
      Reader{"voc", read_voc_content, 1 << 13},
      Reader{"words", read_word_list_content},
      Reader{"yolo", read_yolo_content, 1 << 13},
  };
  return table;
}

}  // namespace plumbline::fuzz
