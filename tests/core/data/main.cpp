#include <initializer_list>
#include <iostream>

// Each runs one test class; all run, whatever the others gave.
int run_atomic_file(int argc, char** argv);
int run_box_scan(int argc, char** argv);
int run_coco_json(int argc, char** argv);
int run_compiled_package(int argc, char** argv);
int run_damage(int argc, char** argv);
int run_dataset_scan(int argc, char** argv);
int run_exif(int argc, char** argv);
int run_hash(int argc, char** argv);
int run_image(int argc, char** argv);
int run_image_notes(int argc, char** argv);
int run_npy(int argc, char** argv);
int run_plain_jpeg(int argc, char** argv);
int run_real_data(int argc, char** argv);
int run_safetensors(int argc, char** argv);
int run_sample_reader(int argc, char** argv);
int run_text_spill(int argc, char** argv);
int run_text_tokens(int argc, char** argv);
int run_thumbnail_pack(int argc, char** argv);
int run_word_list(int argc, char** argv);
int run_zip_directory(int argc, char** argv);

int main(int argc, char** argv) {
  std::cerr.setstate(std::ios::failbit);  // OpenCV writes a line there for each damaged file
  int failures = 0;
  for (const auto run :
       {run_atomic_file, run_box_scan,       run_coco_json,     run_compiled_package,
        run_damage,      run_dataset_scan,   run_exif,          run_hash,
        run_image,       run_image_notes,    run_npy,           run_plain_jpeg,
        run_real_data,   run_safetensors,    run_sample_reader, run_text_spill,
        run_text_tokens, run_thumbnail_pack, run_word_list,     run_zip_directory}) {
    failures |= run(argc, argv);
  }
  return failures;
}
