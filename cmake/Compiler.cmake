# Language, warnings, sanitizers, linker and compiler cache: for every target of ours.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
# There are none, and a compiler that could have them would look through each file for them first.
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

# Loops over pixels, votes and weights are in core/ and kernels/, which ask for more; what remains calls
# them, and compiles a fifth faster so.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")

set(PLUMBLINE_SANITIZE "" CACHE STRING "Sanitizers, as in -fsanitize=")
option(PLUMBLINE_FUZZ "Build the fuzzer of the readers (clang; the preset fuzz)" OFF)

find_program(PLUMBLINE_CCACHE ccache)
if(PLUMBLINE_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${PLUMBLINE_CCACHE})
  set(CMAKE_CUDA_COMPILER_LAUNCHER ${PLUMBLINE_CCACHE})
endif()

find_program(PLUMBLINE_MOLD mold)
if(PLUMBLINE_MOLD)
  add_link_options(-fuse-ld=mold)
endif()
# RPATH, not RUNPATH: it holds for what the libraries need in turn, and comes before LD_LIBRARY_PATH,
# so that a bundle takes its own libraries whatever the user's shell says.
add_link_options(LINKER:--disable-new-dtags)

# Warnings are errors where we build (CMAKE_COMPILE_WARNING_AS_ERROR in the presets dev, asan, tsan and
# lint, and in CI), never for users: other compilers and headers warn differently.

# Several source files are compiled at once where everything is built anew, as users do: headers, which
# are most of the work, are read once. The preset dev compiles each file alone.
set(PLUMBLINE_UNITY_BATCH 0 CACHE STRING "How many source files are compiled at once; 0: each alone")
if(PLUMBLINE_UNITY_BATCH GREATER 1)
  set(CMAKE_UNITY_BUILD ON)
  # A type of one file's anonymous namespace counts as one of a header then.
  add_compile_options($<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-subobject-linkage>)
endif()

# What every target of ours is compiled with; third-party code is included as SYSTEM.
add_library(plumbline_options INTERFACE)
target_include_directories(plumbline_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(plumbline_options INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wconversion
    -Wno-sign-conversion
    # GCC 12 sees overlaps in std::string that are not there.
    -Wno-restrict -Wno-missing-field-initializers -fno-math-errno -ffp-contract=off>)
# Torch uses "slots" and TBB "emit" as identifiers.
target_compile_definitions(plumbline_options INTERFACE QT_NO_KEYWORDS
  $<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS>)
target_compile_definitions(plumbline_options INTERFACE PLUMBLINE_VERSION="${PROJECT_VERSION}")
if(PLUMBLINE_SANITIZE)
  # What GCC takes for uninitialized in std::optional with a sanitizer's checks in it is none.
  add_compile_options(-fsanitize=${PLUMBLINE_SANITIZE} -fno-omit-frame-pointer -g1
    $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-maybe-uninitialized>)
  add_link_options(-fsanitize=${PLUMBLINE_SANITIZE})
endif()
if(PLUMBLINE_SANITIZE MATCHES "undefined" AND NOT PLUMBLINE_FUZZ)
  # A finding ends the test. Not of dynamic types: LibTorch does not export those of all its classes.
  add_compile_options(-fno-sanitize=vptr -fno-sanitize-recover=undefined)
endif()
if(PLUMBLINE_FUZZ)
  # Undefined behaviour is a finding, as a crash is. Clang does not know all of GCC's warnings.
  add_compile_options(-fno-sanitize-recover=all
    $<$<COMPILE_LANG_AND_ID:CXX,Clang>:-Wno-unknown-warning-option>)
endif()
