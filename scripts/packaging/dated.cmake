# cmake -D SCDOC=PROGRAM -D VERSION=V -D MAINTAINER=M -P dated.cmake: makes what bears a date, fleetscan.1 and
# changelog.Debian, in the current folder.
include(${CMAKE_CURRENT_LIST_DIR}/source_date.cmake)
if(NOT SCDOC)
  message(FATAL_ERROR "the manual is made by scdoc, which is not installed: scripts/setup.sh does it")
endif()
execute_process(COMMAND ${SCDOC} INPUT_FILE ${CMAKE_CURRENT_LIST_DIR}/fleetscan.1.scd OUTPUT_FILE fleetscan.1
                COMMAND_ERROR_IS_FATAL ANY)
string(TIMESTAMP DATE "%a, %d %b %Y %H:%M:%S +0000" UTC)
configure_file(${CMAKE_CURRENT_LIST_DIR}/changelog.Debian.in changelog.Debian @ONLY)
