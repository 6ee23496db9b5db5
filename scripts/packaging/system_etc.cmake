# An installation below /usr has its configuration in /etc.
file(RENAME ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/usr/etc ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/etc)
