"""libssh's server, one connection at a time. usage: libssh_server.py ADDRESS PORT KEY [METHOD]"""

import ctypes
import sys
import threading

# enum ssh_bind_options_e
ADDRESS, PORT, HOST_KEY, METHODS, OWN_CONFIGURATION = 0, 2, 3, 11, 19
address, port, key, *methods = sys.argv[1:]
library = ctypes.CDLL("libssh.so.4")
library.ssh_bind_new.restype = library.ssh_new.restype = library.ssh_message_get.restype = \
    library.ssh_get_error.restype = ctypes.c_void_p
library.ssh_get_error.restype = ctypes.c_char_p


def pointer(value):
    return ctypes.c_void_p(value)


def must(result, of):
    if result != 0:
        raise SystemExit(library.ssh_get_error(of).decode())


def talk(session):
    if library.ssh_handle_key_exchange(session) == 0:
        while message := library.ssh_message_get(session):
            library.ssh_message_reply_default(pointer(message))
            library.ssh_message_free(pointer(message))
    library.ssh_disconnect(session)
    library.ssh_free(session)


bound = pointer(library.ssh_bind_new())
must(library.ssh_bind_options_set(bound, OWN_CONFIGURATION, ctypes.byref(ctypes.c_bool(False))), bound)
for option, value in ((ADDRESS, address), (PORT, port), (HOST_KEY, key),
                      *[(METHODS, method) for method in methods]):
    must(library.ssh_bind_options_set(bound, option, value.encode()), bound)
must(library.ssh_bind_listen(bound), bound)
while True:
    session = pointer(library.ssh_new())
    must(library.ssh_bind_accept(bound, session), bound)
    threading.Thread(target=talk, args=(session,), daemon=True).start()
