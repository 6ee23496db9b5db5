# cmake -D HEADER=FILE -P revision.cmake: says in that header which commit this source is of, and whether it
# was changed since. An unchanged header is left alone, so that nothing is compiled for it.
cmake_minimum_required(VERSION 3.25)
set(REVISION "no commit known")
# Not the commit of a larger tree in which this one may lie.
if(EXISTS ${CMAKE_CURRENT_LIST_DIR}/../.git)
  execute_process(COMMAND git --no-optional-locks describe --always --dirty --abbrev=12 --exclude=*
                  WORKING_DIRECTORY ${CMAKE_CURRENT_LIST_DIR}
                  OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(commit)
    set(REVISION "commit ${commit}")
  endif()
endif()
file(CONFIGURE OUTPUT ${HEADER} CONTENT "#pragma once\n#define FLEETSCAN_REVISION \"@REVISION@\"\n" @ONLY)
