# plumbline_test(NAME SOURCES … LIBRARIES … [QT Widgets])
# One Qt Test executable a folder. Tests of core/ need Qt Core only.
function(plumbline_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;LIBRARIES" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  set_target_properties(${name} PROPERTIES AUTOMOC ON
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  target_link_libraries(${name} PRIVATE plumbline_options Qt6::Test ${ARG_LIBRARIES})
  target_compile_definitions(${name} PRIVATE
    PLUMBLINE_SOURCE_DIR="${CMAKE_SOURCE_DIR}" PLUMBLINE_BINARY_DIR="${CMAKE_BINARY_DIR}")
  # A test that crashes ends at once, instead of asking a debugger where.
  add_test(NAME ${name} COMMAND ${name} -nocrashhandler)
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  set(environment "QT_QPA_PLATFORM=offscreen;OMP_WAIT_POLICY=passive")
  if(PLUMBLINE_SANITIZE)
    # Some tests ask for more memory than there is, which has to fail as it does without a sanitizer.
    string(APPEND environment ";ASAN_OPTIONS=allocator_may_return_null=1")
    string(APPEND environment ";QTEST_FUNCTION_TIMEOUT=1200000")
    math(EXPR ARG_TIMEOUT "4 * ${ARG_TIMEOUT}")
  endif()
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT} ENVIRONMENT "${environment}")
endfunction()
