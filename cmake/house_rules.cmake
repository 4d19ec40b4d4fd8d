# The rules our own targets are compiled under. They are set target by target, so that nothing we bring in is judged by them.
# Whether a warning is an error is the preset's business (CMAKE_COMPILE_WARNING_AS_ERROR): a stranger's newer compiler may
# warn of things ours doesn't, and that shouldn't keep them from installing.

function(irosurvey_house_rules target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(
    ${target}
    PROPERTIES CXX_EXTENSIONS OFF
               CXX_VISIBILITY_PRESET hidden
               VISIBILITY_INLINES_HIDDEN ON
               POSITION_INDEPENDENT_CODE ON)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
  # Questions are written {.statistics = …, .by = …}: a field that is left out means its default, and g++ 12 warns of each.
  target_compile_options(${target} PRIVATE -Wno-missing-field-initializers)
  # g++ 12 sees overlaps in std::string's own + at -O3 that aren't there (GCC bug 105651).
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
  # a*b+c must round twice everywhere: fused on one machine and not on another, the same survey would give different bits.
  target_compile_options(${target} PRIVATE -ffp-contract=off)
endfunction()

# The sources of one folder. Globbed, so that adding a file is adding a file; CONFIGURE_DEPENDS makes the build look again.
function(irosurvey_sources variable)
  set(patterns)
  foreach(folder IN LISTS ARGN)
    list(APPEND patterns "${folder}/*.cpp")
  endforeach()
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${patterns})
  set(${variable} "${sources}" PARENT_SCOPE)
endfunction()
