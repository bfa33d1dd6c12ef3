include(GNUInstallDirs)

# Warnings and code generation shared by every target of the project.
add_library(echelon_build INTERFACE)
target_compile_options(echelon_build INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
if(ECHELON_ARCH)
  target_compile_options(echelon_build INTERFACE -march=${ECHELON_ARCH})
endif()
# Contracting a*b+c differently in two inlined copies of one function would break bitwise equality.
target_compile_options(echelon_build INTERFACE -ffp-contract=off)
if(ECHELON_SANITIZE)
  target_compile_options(echelon_build INTERFACE -fsanitize=${ECHELON_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(echelon_build INTERFACE -fsanitize=${ECHELON_SANITIZE})
endif()
if(ECHELON_COVERAGE)
  target_compile_options(echelon_build INTERFACE --coverage)
  target_link_options(echelon_build INTERFACE --coverage)
endif()

# echelon_module(NAME name SOURCES ... DEPENDS ... PRIVATE ...)
# One static library per module, named echelon_<name>; DEPENDS and PRIVATE name link targets.
function(echelon_module)
  cmake_parse_arguments(ARG "" "NAME" "SOURCES;DEPENDS;PRIVATE" ${ARGN})
  set(target echelon_${ARG_NAME})
  add_library(${target} STATIC ${ARG_SOURCES})
  add_library(echelon::${ARG_NAME} ALIAS ${target})
  target_include_directories(${target} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_compile_features(${target} PUBLIC cxx_std_20)
  # Eigen's alignment is part of the ABI: users of the installed headers must see the same one.
  target_compile_definitions(${target} PUBLIC EIGEN_MAX_ALIGN_BYTES=64 EIGEN_DONT_PARALLELIZE)
  target_link_libraries(${target} PUBLIC ${ARG_DEPENDS} PRIVATE ${ARG_PRIVATE} $<BUILD_INTERFACE:echelon_build>)
  set_property(GLOBAL APPEND PROPERTY ECHELON_TARGETS ${target})
endfunction()
