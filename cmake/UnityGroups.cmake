# Which source files are compiled at once (PLUMBLINE_UNITY_BATCH in Compiler.cmake): neighbours of one
# folder. Where a group ends depends on its files' names, not on how many there are before it, so that a
# file that is added or removed changes its own group and no other: of what a compiler cache holds, the
# rest stays true.

# Files that are worked on can be left out, so that a change compiles them alone:
# -DPLUMBLINE_COMPILE_ALONE="core/decision/policy.cpp;…".
set(PLUMBLINE_COMPILE_ALONE "" CACHE STRING "Source files that are in no group")

# plumbline_group_sources(TARGET): after everything was added to it.
function(plumbline_group_sources target)
  get_target_property(kind ${target} TYPE)
  get_target_property(together ${target} UNITY_BUILD)
  if(NOT kind MATCHES "LIBRARY|EXECUTABLE" OR kind STREQUAL "INTERFACE_LIBRARY" OR NOT together)
    return()
  endif()
  get_target_property(sources ${target} SOURCES)
  get_target_property(directory ${target} SOURCE_DIR)
  list(FILTER sources INCLUDE REGEX "\\.cpp$")
  set_target_properties(${target} PROPERTIES UNITY_BUILD_MODE GROUP)
  set(files)
  foreach(source ${sources})
    cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${directory} NORMALIZE)
    list(APPEND files ${source})
  endforeach()
  list(SORT files)
  math(EXPR fewest "${PLUMBLINE_UNITY_BATCH} / 2")
  set(folder)
  unset(count)
  foreach(file ${files})
    cmake_path(GET file PARENT_PATH its_folder)
    cmake_path(RELATIVE_PATH file BASE_DIRECTORY ${CMAKE_SOURCE_DIR} OUTPUT_VARIABLE name)
    string(MD5 hash ${name})
    # Small folders share a group with their neighbours.
    if(NOT DEFINED count OR (NOT its_folder STREQUAL folder AND count GREATER_EQUAL fewest) OR
       (count GREATER_EQUAL fewest AND hash MATCHES "^[0-3]") OR count GREATER_EQUAL PLUMBLINE_UNITY_BATCH)
      string(MAKE_C_IDENTIFIER ${name} group)
      set(count 0)
    endif()
    set(folder ${its_folder})
    math(EXPR count "${count} + 1")
    if(NOT name IN_LIST PLUMBLINE_COMPILE_ALONE)
      set_source_files_properties(${file} TARGET_DIRECTORY ${target} PROPERTIES UNITY_GROUP ${group})
    endif()
  endforeach()
endfunction()

# plumbline_group_all(FOLDER): every target below it.
function(plumbline_group_all folder)
  get_property(targets DIRECTORY ${folder} PROPERTY BUILDSYSTEM_TARGETS)
  foreach(target ${targets})
    plumbline_group_sources(${target})
  endforeach()
  get_property(folders DIRECTORY ${folder} PROPERTY SUBDIRECTORIES)
  foreach(sub ${folders})
    plumbline_group_all(${sub})
  endforeach()
endfunction()
