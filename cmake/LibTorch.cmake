# LibTorch from PyPI's wheel, as imported targets: torch (CPU) and torch_cuda.
# Torch's own package would search the system for CUDA even where none is wanted, and overrule the
# architectures; the wheel's libraries find each other by their own RPATH.
set(PLUMBLINE_TORCH_DIR "" CACHE PATH "The folder site-packages/torch of torch 2.11.0")
set(PLUMBLINE_CUDA_ROOT "" CACHE PATH "A CUDA 13 toolkit; empty builds without CUDA")
set(PLUMBLINE_CUDA_ARCHITECTURES "90" CACHE STRING "What CUDA code is built for")

set(torch_dir ${PLUMBLINE_TORCH_DIR})
if(NOT torch_dir)
  set(torch_dir $ENV{PLUMBLINE_TORCH_DIR})
endif()
if(NOT torch_dir)
  file(GLOB found "$ENV{HOME}/.cache/plumbline/env-*/lib/python3*/site-packages/torch")
  foreach(candidate ${found})
    set(torch_dir ${candidate})
  endforeach()
endif()
if(NOT EXISTS ${torch_dir}/lib/libtorch_cpu.so)
  message(FATAL_ERROR "LibTorch is not found: run ./dev setup, or set PLUMBLINE_TORCH_DIR to "
    "site-packages/torch of torch==2.11.0")
endif()
message(STATUS "LibTorch: ${torch_dir}")
cmake_path(GET torch_dir PARENT_PATH site_dir)

function(torch_library name)
  add_library(${name} SHARED IMPORTED GLOBAL)
  set_target_properties(${name} PROPERTIES IMPORTED_LOCATION ${torch_dir}/lib/lib${name}.so
    IMPORTED_NO_SONAME ON)
endfunction()
torch_library(c10)
torch_library(torch_cpu)

add_library(torch INTERFACE)
target_include_directories(torch SYSTEM INTERFACE ${torch_dir}/include
  ${torch_dir}/include/torch/csrc/api/include)
# As the wheel was built; Gloo's headers are not in it, which nothing of ours includes.
target_compile_definitions(torch INTERFACE USE_DISTRIBUTED USE_C10D_GLOO USE_RPC USE_TENSORPIPE)
target_link_libraries(torch INTERFACE torch_cpu c10)
# Without it at::parallel_for, of LibTorch's headers, is a plain loop in the file that calls it. The
# runtime is the one that LibTorch loads: of two each would have threads of its own. The thread
# sanitizer sees none of its barriers.
set(PLUMBLINE_PARALLEL_FOR "")
if(NOT PLUMBLINE_SANITIZE MATCHES "thread")
  set(PLUMBLINE_PARALLEL_FOR -fopenmp)
endif()
add_library(torch_openmp INTERFACE)
target_link_libraries(torch_openmp INTERFACE ${torch_dir}/lib/libgomp.so.1)
# Messages of LibTorch's headers name their file: not where it lay on the machine that built.
set(prefix_map -fmacro-prefix-map=${torch_dir}/include/=)
target_compile_options(torch INTERFACE $<$<COMPILE_LANGUAGE:CXX>:${prefix_map}>
  $<$<COMPILE_LANGUAGE:CUDA>:-Xcompiler=${prefix_map}>)

set(PLUMBLINE_CUDA OFF)
if(PLUMBLINE_CUDA_ROOT AND EXISTS ${torch_dir}/lib/libtorch_cuda.so)
  set(PLUMBLINE_CUDA ON)
  set(CMAKE_CUDA_COMPILER ${PLUMBLINE_CUDA_ROOT}/bin/nvcc)
  set(CMAKE_CUDA_ARCHITECTURES ${PLUMBLINE_CUDA_ARCHITECTURES})
  set(CUDAToolkit_ROOT ${PLUMBLINE_CUDA_ROOT})
  set(CMAKE_CUDA_STANDARD 20)
  set(CMAKE_CUDA_RUNTIME_LIBRARY Shared)
  enable_language(CUDA)
  torch_library(c10_cuda)
  torch_library(torch_cuda)
  # The runtime that the wheel itself loads, whatever else is on the machine.
  file(GLOB cudart ${site_dir}/nvidia/*/lib/libcudart.so.13)
  list(GET cudart 0 cudart)
  add_library(plumbline_cudart SHARED IMPORTED GLOBAL)
  set_target_properties(plumbline_cudart PROPERTIES IMPORTED_LOCATION ${cudart})
  add_library(torch_with_cuda INTERFACE)
  target_include_directories(torch_with_cuda SYSTEM INTERFACE ${PLUMBLINE_CUDA_ROOT}/include)
  if(EXISTS ${PLUMBLINE_CUDA_ROOT}/include/cccl)
    target_include_directories(torch_with_cuda SYSTEM INTERFACE ${PLUMBLINE_CUDA_ROOT}/include/cccl)
  endif()
  target_compile_definitions(torch_with_cuda INTERFACE PLUMBLINE_CUDA)
  target_link_libraries(torch_with_cuda INTERFACE torch torch_cuda c10_cuda plumbline_cudart)
  # Said by hand: where nvcc is of the same folder, CMake takes it for the system's and leaves it out.
  # As a property of what is built, which an installation drops.
  cmake_path(GET cudart PARENT_PATH cudart_dir)
  list(APPEND CMAKE_BUILD_RPATH ${cudart_dir})
  # NCCL's header, beside the library that the wheel loads; without it ranks do not train together.
  set(nccl_include ${site_dir}/nvidia/nccl/include)
  if(EXISTS ${nccl_include}/nccl.h)
    set(PLUMBLINE_NCCL_INCLUDE ${nccl_include})
  endif()
  message(STATUS "CUDA: ${PLUMBLINE_CUDA_ROOT}, for ${PLUMBLINE_CUDA_ARCHITECTURES}")
endif()
