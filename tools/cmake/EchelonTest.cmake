include(GoogleTest)

# echelon_test(NAME name SOURCES ... LIBS ... [LABEL label] [RANKS 1 2 3] [TIMEOUT seconds])
# Builds test_<name>. Without RANKS every TEST is one serial ctest entry; with RANKS the whole
# program is run under mpirun, one ctest entry per rank count.
function(echelon_test)
  cmake_parse_arguments(ARG "" "NAME;LABEL;TIMEOUT" "SOURCES;LIBS;RANKS" ${ARGN})
  if(NOT ARG_LABEL)
    set(ARG_LABEL unit)
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  set(target test_${ARG_NAME})
  add_executable(${target} ${ARG_SOURCES})
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(${target} PRIVATE ${ARG_LIBS} echelon_build GTest::gtest)
  if(NOT ARG_RANKS)
    target_link_libraries(${target} PRIVATE GTest::gtest_main)
    gtest_discover_tests(${target} TEST_PREFIX ${ARG_NAME}. DISCOVERY_TIMEOUT 60
      PROPERTIES LABELS ${ARG_LABEL} TIMEOUT ${ARG_TIMEOUT})
    return()
  endif()
  target_sources(${target} PRIVATE ${PROJECT_SOURCE_DIR}/tests/support/mpi_main.cpp)
  target_link_libraries(${target} PRIVATE echelon::parallel)
  foreach(ranks IN LISTS ARG_RANKS)
    add_test(NAME ${ARG_NAME}.ranks${ranks}
      COMMAND timeout -k 10 ${ARG_TIMEOUT} ${MPIEXEC_EXECUTABLE} --oversubscribe -n ${ranks} $<TARGET_FILE:${target}>)
    math(EXPR limit "${ARG_TIMEOUT} + 20")
    set_tests_properties(${ARG_NAME}.ranks${ranks} PROPERTIES
      LABELS "${ARG_LABEL}" TIMEOUT ${limit} PROCESSORS ${ranks}
      ENVIRONMENT "OMPI_ALLOW_RUN_AS_ROOT=1;OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1;OMPI_MCA_mpi_yield_when_idle=1;OMPI_MCA_rmaps_base_oversubscribe=1")
  endforeach()
endfunction()
