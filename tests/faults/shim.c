/* Preloaded into a program under test: counts its file-system calls below one directory, and makes
   the n-th go wrong.
     FAULT_DIR    absolute path; only calls on files below it count
     FAULT_AT     which call, from 1; 0 or unset: none
     FAULT_KIND   kill    die before the call
                  torn    write half of the bytes, then die (other calls: kill)
                  short   write half of the bytes and say so (other calls: nothing)
                  ENOSPC, EIO   fail this call only
                  full    from this call on, everything that needs space fails with ENOSPC
     FAULT_FOR    full: for so many calls; unset: for ever
     FAULT_LOG    file that gets one line per counted call: name and path(s)            */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

enum { max_files = 4096 };
static char* path_of[max_files]; /* of open files below FAULT_DIR */
static int writable[max_files];
static long calls;

static void* next(const char* name) { return dlsym(RTLD_NEXT, name); }

static const char* setting(const char* name) {
  const char* value = getenv(name);
  return value ? value : "";
}

static int inside(const char* path) {
  const char* directory = getenv("FAULT_DIR");
  return directory && path && strncmp(path, directory, strlen(directory)) == 0;
}

static const char* tracked(int file) {
  return file >= 0 && file < max_files ? path_of[file] : NULL;
}

static void track(int file, const char* path) {
  if (file < 0 || file >= max_files) return;
  free(path_of[file]);
  path_of[file] = path ? strdup(path) : NULL;
}

static void note(const char* call, const char* path, const char* more) {
  static int (*real_open)(const char*, int, ...);
  static ssize_t (*real_write)(int, const void*, size_t);
  static int log = -1;
  if (!*setting("FAULT_LOG")) return;
  if (!real_open) {
    *(void**)&real_open = next("open");
    *(void**)&real_write = next("write");
    log = real_open(setting("FAULT_LOG"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  }
  char line[8192];
  const int length = snprintf(line, sizeof line, "%s %s %s\n", call, path, more ? more : "");
  if (log >= 0 && real_write(log, line, (size_t)length) < 0) abort();
}

static void die(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

/* What is to become of this call: 0 go on, else the errno it fails with; or the process dies.
 *half is set when only half of a write is to happen. */
static int fate(const char* call, const char* path, const char* more, int needs_space, int* half) {
  note(call, path, more);
  ++calls;
  const long at = atol(setting("FAULT_AT"));
  const char* kind = setting("FAULT_KIND");
  if (at > 0 && calls >= at && strcmp(kind, "full") == 0) {
    const long spell = atol(setting("FAULT_FOR"));
    return needs_space && (spell == 0 || calls < at + spell) ? ENOSPC : 0;
  }
  if (calls != at) return 0;
  if (strcmp(kind, "kill") == 0) die();
  if (strcmp(kind, "torn") == 0 && !half) die();
  if (strcmp(kind, "ENOSPC") == 0) return ENOSPC;
  if (strcmp(kind, "EIO") == 0) return EIO;
  if (half) *half = 1;
  return 0;
}

#define FAIL_IF(problem)       \
  do {                         \
    const int why = (problem); \
    if (why) {                 \
      errno = why;             \
      return -1;               \
    }                          \
  } while (0)

static int open_any(const char* real_name, const char* path, int flags, mode_t mode) {
  int (*real)(const char*, int, ...);
  *(void**)&real = next(real_name);
  if (!inside(path)) return real(path, flags, mode);
  FAIL_IF(fate("open", path, (flags & O_CREAT) ? "create" : NULL, flags & O_CREAT, NULL));
  const int file = real(path, flags, mode);
  if (file >= 0 && file < max_files) {
    track(file, path);
    writable[file] = (flags & O_ACCMODE) != O_RDONLY;
  }
  return file;
}

#define MODE_OF(flags)                \
  mode_t mode = 0;                    \
  if ((flags)&O_CREAT) {              \
    va_list list;                     \
    va_start(list, flags);            \
    mode = (mode_t)va_arg(list, int); \
    va_end(list);                     \
  }

int open(const char* path, int flags, ...) {
  MODE_OF(flags)
  return open_any("open", path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  MODE_OF(flags)
  return open_any("open64", path, flags, mode);
}
int __open_2(const char* path, int flags) { return open_any("open", path, flags, 0); }
int __open64_2(const char* path, int flags) { return open_any("open64", path, flags, 0); }

ssize_t write(int file, const void* bytes, size_t size) {
  static ssize_t (*real)(int, const void*, size_t);
  if (!real) *(void**)&real = next("write");
  if (!tracked(file)) return real(file, bytes, size);
  int half = 0;
  FAIL_IF(fate("write", tracked(file), NULL, 1, &half));
  if (!half || size < 2) return real(file, bytes, size);
  const ssize_t written = real(file, bytes, size / 2);
  if (strcmp(setting("FAULT_KIND"), "torn") == 0) die();
  return written;
}

static ssize_t pwrite_any(const char* name, int file, const void* bytes, size_t size, off_t at) {
  ssize_t (*real)(int, const void*, size_t, off_t);
  *(void**)&real = next(name);
  if (tracked(file)) FAIL_IF(fate("pwrite", tracked(file), NULL, 1, NULL));
  return real(file, bytes, size, at);
}
ssize_t pwrite(int file, const void* bytes, size_t size, off_t at) {
  return pwrite_any("pwrite", file, bytes, size, at);
}
ssize_t pwrite64(int file, const void* bytes, size_t size, off_t at) {
  return pwrite_any("pwrite64", file, bytes, size, at);
}

ssize_t read(int file, void* bytes, size_t size) {
  static ssize_t (*real)(int, void*, size_t);
  if (!real) *(void**)&real = next("read");
  if (tracked(file)) FAIL_IF(fate("read", tracked(file), NULL, 0, NULL));
  return real(file, bytes, size);
}

int close(int file) {
  static int (*real)(int);
  if (!real) *(void**)&real = next("close");
  if (tracked(file)) {
    const int why = fate("close", tracked(file), NULL, writable[file], NULL);
    track(file, NULL);
    if (why) {
      real(file); /* a failing close still gives the descriptor back, as on Linux */
      errno = why;
      return -1;
    }
  }
  return real(file);
}

#define ON_FILE(name, type, parameter, needs_space)                                  \
  int name(int file) {                                                               \
    static int (*real)(int);                                                         \
    if (!real) *(void**)&real = next(#name);                                         \
    if (tracked(file)) FAIL_IF(fate(#name, tracked(file), NULL, needs_space, NULL)); \
    return real(file);                                                               \
  }
ON_FILE(fsync, int, int, 1)
ON_FILE(fdatasync, int, int, 1)

#define ON_PATH(name)                                            \
  int name(const char* path) {                                   \
    static int (*real)(const char*);                             \
    if (!real) *(void**)&real = next(#name);                     \
    if (inside(path)) FAIL_IF(fate(#name, path, NULL, 0, NULL)); \
    return real(path);                                           \
  }
ON_PATH(unlink)
ON_PATH(remove)
ON_PATH(rmdir)

int ftruncate(int file, off_t size) {
  static int (*real)(int, off_t);
  if (!real) *(void**)&real = next("ftruncate");
  if (tracked(file)) FAIL_IF(fate("ftruncate", tracked(file), NULL, 1, NULL));
  return real(file, size);
}

int mkdir(const char* path, mode_t mode) {
  static int (*real)(const char*, mode_t);
  if (!real) *(void**)&real = next("mkdir");
  if (inside(path)) FAIL_IF(fate("mkdir", path, NULL, 1, NULL));
  return real(path, mode);
}

int rename(const char* from, const char* to) {
  static int (*real)(const char*, const char*);
  if (!real) *(void**)&real = next("rename");
  if (inside(to)) FAIL_IF(fate("rename", from, to, 1, NULL));
  return real(from, to);
}
