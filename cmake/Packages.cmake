# Libraries from the system (packaging/apt.txt).
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(fmt REQUIRED)
find_package(tl-expected REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(SQLiteCpp REQUIRED)
find_package(JPEG REQUIRED)
find_package(PNG REQUIRED)
find_package(ZLIB REQUIRED)
find_package(LibLZMA REQUIRED)
find_package(benchmark REQUIRED)
find_package(Qt6 6.4 REQUIRED COMPONENTS Core Gui Widgets PrintSupport Svg Test)
find_package(QCustomPlotQt6 REQUIRED)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)

# By name: OpenCV's own package would bring in highgui and Qt 5.
foreach(part core imgproc imgcodecs)
  find_library(PLUMBLINE_OPENCV_${part} opencv_${part} REQUIRED)
endforeach()
find_path(PLUMBLINE_OPENCV_INCLUDE opencv2/core.hpp PATH_SUFFIXES opencv4 REQUIRED)
add_library(plumbline_opencv INTERFACE)
target_include_directories(plumbline_opencv SYSTEM INTERFACE ${PLUMBLINE_OPENCV_INCLUDE})
target_link_libraries(plumbline_opencv INTERFACE ${PLUMBLINE_OPENCV_core}
  ${PLUMBLINE_OPENCV_imgproc} ${PLUMBLINE_OPENCV_imgcodecs})

set(CMAKE_AUTOMOC OFF)
