# The same source gives the same bytes: what bears a date bears that of the last commit, unless
# SOURCE_DATE_EPOCH says another one (reproducible-builds.org/specs/source-date-epoch).
if(NOT DEFINED ENV{SOURCE_DATE_EPOCH} AND EXISTS ${CMAKE_CURRENT_LIST_DIR}/../../.git)
  execute_process(COMMAND git log -1 --format=%ct WORKING_DIRECTORY ${CMAKE_CURRENT_LIST_DIR}
                  OUTPUT_VARIABLE commit_time OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(commit_time)
    set(ENV{SOURCE_DATE_EPOCH} ${commit_time})
  endif()
endif()
