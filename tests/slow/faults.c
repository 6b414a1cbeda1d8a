/* LD_PRELOAD: the W2V_FAULT_AT-th call W2V_FAULT (write, fsync, close, rename) that concerns a
 * temporary file of w2v, or the fsync of a folder, fails with errno W2V_FAULT_ERRNO. What failed is
 * said on descriptor 2, so that a test knows. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int calls;

static int fails(const char *call) {
    const char *wanted = getenv("W2V_FAULT"), *at = getenv("W2V_FAULT_AT");
    if (!wanted || !at || strcmp(wanted, call) != 0 || ++calls != atoi(at)) return 0;
    dprintf(2, "FAULT\n");
    errno = atoi(getenv("W2V_FAULT_ERRNO"));
    return 1;
}

static int is_ours(int fd) {
    char link[64], path[4096];
    struct stat info;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (n < 0) return 0;
    path[n] = 0;
    return strstr(path, "/.w2v-") != NULL || (fstat(fd, &info) == 0 && S_ISDIR(info.st_mode));
}

ssize_t write(int fd, const void *data, size_t size) {
    ssize_t (*real)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
    return is_ours(fd) && fails("write") ? -1 : real(fd, data, size);
}

int fsync(int fd) {
    int (*real)(int) = dlsym(RTLD_NEXT, "fsync");
    return is_ours(fd) && fails("fsync") ? -1 : real(fd);
}

int close(int fd) {
    int (*real)(int) = dlsym(RTLD_NEXT, "close");
    struct stat info;
    const int ours = is_ours(fd) && fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
    const int status = real(fd);
    return ours && fails("close") ? -1 : status;
}

int rename(const char *from, const char *to) {
    int (*real)(const char *, const char *) = dlsym(RTLD_NEXT, "rename");
    return strstr(from, "/.w2v-") && fails("rename") ? -1 : real(from, to);
}
