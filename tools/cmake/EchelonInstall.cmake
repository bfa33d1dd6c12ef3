include(CMakePackageConfigHelpers)

# Installs the libraries, the headers and a CMake package: find_package(echelon) gives echelon::<module>.
get_property(modules GLOBAL PROPERTY ECHELON_TARGETS)
install(TARGETS ${modules} EXPORT echelonTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
foreach(target IN LISTS modules)
  string(REPLACE "echelon_" "" name ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
endforeach()
install(DIRECTORY include/echelon DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT echelonTargets NAMESPACE echelon:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/echelon)
if(TARGET echelon)
  install(TARGETS echelon RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

set(package ${PROJECT_BINARY_DIR}/package)
configure_package_config_file(tools/cmake/echelonConfig.cmake.in ${package}/echelonConfig.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/echelon)
write_basic_package_version_file(${package}/echelonConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${package}/echelonConfig.cmake ${package}/echelonConfigVersion.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/echelon)
