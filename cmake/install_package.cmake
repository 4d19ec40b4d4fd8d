# `cmake --install` gives find_package(irosurvey COMPONENTS core io study). Each library has an export file of its own, so that
# a program that links the engine never looks for what only the file readers need.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/irosurvey")
foreach(component IN ITEMS core io study)
  install(TARGETS irosurvey_${component} EXPORT irosurvey-${component})
  install(EXPORT irosurvey-${component} NAMESPACE irosurvey:: DESTINATION "${package_dir}")
endforeach()
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/irosurvey" TYPE INCLUDE FILES_MATCHING PATTERN "*.hpp")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
if(readstat_source) # It is inside irosurvey_io, and its licence goes with it.
  install(FILES "${readstat_source}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}" RENAME LICENSE.readstat)
endif()

configure_package_config_file(
  "${PROJECT_SOURCE_DIR}/cmake/irosurveyConfig.cmake.in" "${PROJECT_BINARY_DIR}/irosurveyConfig.cmake"
  INSTALL_DESTINATION "${package_dir}" NO_SET_AND_CHECK_MACRO)
# Before 1.0 a minor version may change the interface.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/irosurveyConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/irosurveyConfig.cmake" "${PROJECT_BINARY_DIR}/irosurveyConfigVersion.cmake"
        DESTINATION "${package_dir}")
