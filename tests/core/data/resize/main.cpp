#include <initializer_list>

// Each runs one test class; all run, whatever the others gave.
int run_fit_geometry(int argc, char** argv);
int run_fit_image(int argc, char** argv);
int run_opencv_bilinear(int argc, char** argv);
int run_pil_bilinear(int argc, char** argv);

int main(int argc, char** argv) {
  int failures = 0;
  for (const auto run : {run_fit_geometry, run_fit_image, run_opencv_bilinear, run_pil_bilinear})
    failures |= run(argc, argv);
  return failures;
}
