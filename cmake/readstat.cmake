# ReadStat, the C library that reads SPSS, Stata and SAS files, as the target irosurvey_readstat. In order:
#   1. -DIROSURVEY_SYSTEM_READSTAT=ON      the system's library, with a warning
#   2. -DIROSURVEY_READSTAT_SOURCE=DIR     ReadStat's sources in a folder of yours
#   3. .cache/readstat                     put there by scripts/fetch-readstat, which is run if the folder is empty
# Why not the system's: docs/decisions/0001-dependencies.md.

option(IROSURVEY_SYSTEM_READSTAT "Use the system's ReadStat" OFF)
set(IROSURVEY_READSTAT_SOURCE "" CACHE PATH "Folder of ReadStat's sources (the one that holds readstat.h)")

find_package(ZLIB REQUIRED)
find_package(Iconv REQUIRED)

function(irosurvey_system_readstat)
  message(WARNING "Using the system's ReadStat. Debian's 1.1.8 returns SAS respondents who were deleted, and lacks other "
                  "repairs made since: don't publish from SAS files that were read with it.")
  find_path(READSTAT_INCLUDE readstat.h REQUIRED)
  find_library(READSTAT_LIBRARY readstat REQUIRED)
  add_library(irosurvey_readstat INTERFACE)
  target_include_directories(irosurvey_readstat SYSTEM INTERFACE "${READSTAT_INCLUDE}")
  target_link_libraries(irosurvey_readstat INTERFACE "${READSTAT_LIBRARY}")
endfunction()

function(irosurvey_find_readstat_source variable)
  set(source "${IROSURVEY_READSTAT_SOURCE}")
  if(NOT source)
    set(source "${PROJECT_SOURCE_DIR}/.cache/readstat")
    find_package(Python 3.11 REQUIRED COMPONENTS Interpreter)
    execute_process(COMMAND "${Python_EXECUTABLE}" "${PROJECT_SOURCE_DIR}/scripts/fetch-readstat" "${source}"
                    RESULT_VARIABLE failed)
  endif()
  if(failed OR NOT EXISTS "${source}/readstat.h")
    message(FATAL_ERROR "No ReadStat sources in ${source}. Run scripts/fetch-readstat where a package index can be reached, "
                        "or give -DIROSURVEY_READSTAT_SOURCE=DIR (the folder that holds readstat.h), "
                        "or use the system's by -DIROSURVEY_SYSTEM_READSTAT=ON.")
  endif()
  set(${variable} "${source}" PARENT_SCOPE)
endfunction()

# Objects, not an archive: they end inside irosurvey_io, so an installed library never asks for ReadStat.
function(irosurvey_build_readstat source)
  file(GLOB_RECURSE files "${source}/*.c")
  add_library(irosurvey_readstat OBJECT ${files})
  set_target_properties(
    irosurvey_readstat
    PROPERTIES C_VISIBILITY_PRESET hidden
               POSITION_INDEPENDENT_CODE ON
               COMPILE_WARNING_AS_ERROR OFF)
  target_include_directories(irosurvey_readstat SYSTEM INTERFACE "${source}")
  target_compile_definitions(irosurvey_readstat PRIVATE HAVE_ZLIB=1)
  # ReadStat reads numbers through pointers of other types, which the optimizer may otherwise reorder.
  target_compile_options(irosurvey_readstat PRIVATE -fno-strict-aliasing -w)
  target_link_libraries(irosurvey_readstat PUBLIC ZLIB::ZLIB Iconv::Iconv)
endfunction()

if(IROSURVEY_SYSTEM_READSTAT)
  irosurvey_system_readstat()
else()
  irosurvey_find_readstat_source(readstat_source)
  irosurvey_build_readstat("${readstat_source}")
endif()
