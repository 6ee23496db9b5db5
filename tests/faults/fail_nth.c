// Preloaded into a program, lets one call to the system or to the allocator fail.
//
//   FAULT_CALL=connect   which function
//   FAULT_NTH=3          the how-manieth call of it fails, from 1, counted from main() on by all
//                        threads together; 0: none
//   FAULT_TIMES=5        that one and the next ones, this many in all; 1 unless told
//   FAULT_ERRNO=99       with which error
//   FAULT_COUNT=FILE     how many calls there were, written when main() ends
//
// Only calls from one library into another pass here, not those within libc.

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_bool active;
static atomic_long calls;
static const char* chosen = "";
static long nth;
static long times = 1;
static int error_number;

// The kernel reads and writes eventfds and pipes between threads without fail, and libuv aborts
// where they do: those are left alone.
static int can_fail(int fd) {
  struct stat status;
  return fstat(fd, &status) == 0 && (S_ISREG(status.st_mode) || fd <= STDERR_FILENO);
}

static int fails(const char* name) {
  if (!atomic_load(&active) || strcmp(name, chosen) != 0) return 0;
  const long number = atomic_fetch_add(&calls, 1) + 1;
  if (nth == 0 || number < nth || number >= nth + times) return 0;
  errno = error_number;
  return 1;
}

// The function of that name behind this library.
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

// Connecting a datagram socket only chooses a route: the ports and buffers that TCP runs out of
// have no part in it.
static int is_stream(int fd) {
  int type = 0;
  socklen_t size = sizeof type;
  return REAL(getsockopt)(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type == SOCK_STREAM;
}

#define WRAP_IF(result, failure, name, parameters, arguments, condition) \
  result name parameters {                                               \
    static __typeof__(&name) real;                                       \
    if (!real) real = REAL(name);                                        \
    if ((condition) && fails(#name)) return failure;                     \
    return real arguments;                                               \
  }

#define WRAP(result, failure, name, parameters, arguments) \
  WRAP_IF(result, failure, name, parameters, arguments, 1)

WRAP(int, -1, socket, (int domain, int type, int protocol), (domain, type, protocol))
WRAP_IF(int, -1, connect, (int fd, const struct sockaddr* address, socklen_t size),
        (fd, address, size), is_stream(fd))
WRAP(int, -1, setsockopt, (int fd, int level, int name, const void* value, socklen_t size),
     (fd, level, name, value, size))
WRAP(int, -1, getsockopt, (int fd, int level, int name, void* value, socklen_t* size),
     (fd, level, name, value, size))
WRAP(ssize_t, -1, recv, (int fd, void* space, size_t size, int flags), (fd, space, size, flags))
WRAP(ssize_t, -1, recvfrom,
     (int fd, void* space, size_t size, int flags, struct sockaddr* from, socklen_t* length),
     (fd, space, size, flags, from, length))
WRAP(ssize_t, -1, recvmsg, (int fd, struct msghdr* message, int flags), (fd, message, flags))
WRAP(ssize_t, -1, send, (int fd, const void* bytes, size_t size, int flags),
     (fd, bytes, size, flags))
WRAP(ssize_t, -1, sendto,
     (int fd, const void* bytes, size_t size, int flags, const struct sockaddr* to,
      socklen_t length),
     (fd, bytes, size, flags, to, length))
WRAP_IF(ssize_t, -1, read, (int fd, void* space, size_t size), (fd, space, size), can_fail(fd))
WRAP_IF(ssize_t, -1, write, (int fd, const void* bytes, size_t size), (fd, bytes, size),
        can_fail(fd))
WRAP_IF(ssize_t, -1, writev, (int fd, const struct iovec* parts, int count), (fd, parts, count),
        can_fail(fd))
WRAP(ssize_t, -1, pread64, (int fd, void* space, size_t size, off64_t at), (fd, space, size, at))
WRAP(ssize_t, -1, pwrite64, (int fd, const void* bytes, size_t size, off64_t at),
     (fd, bytes, size, at))
WRAP(int, -1, epoll_create1, (int flags), (flags))
WRAP(int, -1, epoll_ctl, (int epoll, int operation, int fd, struct epoll_event* event),
     (epoll, operation, fd, event))
WRAP(int, -1, epoll_wait, (int epoll, struct epoll_event* events, int most, int timeout),
     (epoll, events, most, timeout))
WRAP(int, -1, epoll_pwait,
     (int epoll, struct epoll_event* events, int most, int timeout, const sigset_t* mask),
     (epoll, events, most, timeout, mask))
WRAP(int, -1, eventfd, (unsigned count, int flags), (count, flags))
WRAP(int, -1, fsync, (int fd), (fd))
WRAP(int, -1, fdatasync, (int fd), (fd))
// Whatever it reports, the descriptor is gone (Linux).
int close(int fd) {
  const int regular = can_fail(fd);
  const int result = REAL(close)(fd);
  return regular && fails("close") ? -1 : result;
}
WRAP(int, -1, flock, (int fd, int operation), (fd, operation))
WRAP(int, -1, ftruncate64, (int fd, off64_t size), (fd, size))
WRAP(int, -1, rename, (const char* from, const char* to), (from, to))
WRAP(int, -1, unlink, (const char* path), (path))
WRAP(int, -1, mkdir, (const char* path, mode_t mode), (path, mode))
WRAP(void*, MAP_FAILED, mmap64,
     (void* place, size_t size, int protection, int flags, int fd, off64_t at),
     (place, size, protection, flags, fd, at))
WRAP(int, error_number, pthread_create,
     (pthread_t * thread, const pthread_attr_t* attributes, void* (*run)(void*), void* argument),
     (thread, attributes, run, argument))

#define WRAP_OPEN(name)                                                        \
  int name(const char* path, int flags, ...) {                                 \
    static int (*real)(const char*, int, ...);                                 \
    if (!real) real = (int (*)(const char*, int, ...))dlsym(RTLD_NEXT, #name); \
    va_list rest;                                                              \
    va_start(rest, flags);                                                     \
    const mode_t mode = va_arg(rest, mode_t);                                  \
    va_end(rest);                                                              \
    return fails("open") ? -1 : real(path, flags, mode);                       \
  }
WRAP_OPEN(open)
WRAP_OPEN(open64)

FILE* fopen64(const char* path, const char* mode) {
  return fails("open") ? NULL : REAL(fopen64)(path, mode);
}

// Where a sanitizer has its own allocator, this one must not stand before it.
#ifndef FAULT_LEAVES_MALLOC
void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void* malloc(size_t size) { return fails("malloc") ? NULL : __libc_malloc(size); }
void* calloc(size_t count, size_t size) {
  return fails("malloc") ? NULL : __libc_calloc(count, size);
}
void* realloc(void* old, size_t size) { return fails("malloc") ? NULL : __libc_realloc(old, size); }
#endif

static int (*real_main)(int, char**, char**);

static void write_count(void) {
  atomic_store(&active, 0);
  const char* path = getenv("FAULT_COUNT");
  if (!path) return;
  char text[32];
  const int size = snprintf(text, sizeof text, "%ld\n", atomic_load(&calls));
  const int fd = REAL(open)(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (fd >= 0 && REAL(write)(fd, text, (size_t)size) != size) abort();
  close(fd);
}

static int counted_main(int count, char** words, char** environment) {
  if (getenv("FAULT_CALL")) chosen = getenv("FAULT_CALL");
  nth = getenv("FAULT_NTH") ? atol(getenv("FAULT_NTH")) : 0;
  if (getenv("FAULT_TIMES")) times = atol(getenv("FAULT_TIMES"));
  error_number = getenv("FAULT_ERRNO") ? atoi(getenv("FAULT_ERRNO")) : ENOMEM;
  atomic_store(&active, 1);
  const int status = real_main(count, words, environment);
  write_count();
  return status;
}

int __libc_start_main(int (*main)(int, char**, char**), int count, char** words, void (*init)(void),
                      void (*fini)(void), void (*loader_fini)(void), void* stack) {
  __typeof__(&__libc_start_main) real = dlsym(RTLD_NEXT, "__libc_start_main");
  real_main = main;
  return real(counted_main, count, words, init, fini, loader_fini, stack);
}
