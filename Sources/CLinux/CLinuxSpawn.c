#define _GNU_SOURCE
#include "CLinux.h"
#include "CLinuxSpawn.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>

/// Moves a descriptor to `minimum` or above, so that it can't be overwritten by the child's standard streams.
static int raise_descriptor(int *descriptor, int minimum) {
    if (*descriptor >= minimum) return 0;
    int raised = fcntl(*descriptor, F_DUPFD_CLOEXEC, minimum);
    if (raised < 0) return errno;
    close(*descriptor);
    *descriptor = raised;
    return 0;
}

int clinux_pipe(int *read_end, int *write_end) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return errno;
    int error = raise_descriptor(&ends[0], 3);
    if (error == 0) error = raise_descriptor(&ends[1], 3);
    if (error != 0) {
        close(ends[0]);
        close(ends[1]);
        return error;
    }
    *read_end = ends[0];
    *write_end = ends[1];
    return 0;
}

static int set_attributes(posix_spawnattr_t *attributes) {
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int error = posix_spawnattr_setflags(attributes,
                                         POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    if (error == 0) error = posix_spawnattr_setpgroup(attributes, 0);
    if (error == 0) error = posix_spawnattr_setsigmask(attributes, &none);
    if (error == 0) error = posix_spawnattr_setsigdefault(attributes, &all);
    return error;
}

static int set_actions(posix_spawn_file_actions_t *actions, const char *directory, const int *descriptors, int count) {
    int error = 0;
    for (int target = 0; target < count && error == 0; target++) {
        if (descriptors[target] < 0) {
            error = posix_spawn_file_actions_addopen(actions, target, "/dev/null", O_RDWR, 0);
        } else {
            error = posix_spawn_file_actions_adddup2(actions, descriptors[target], target);
        }
    }
    if (error == 0) error = posix_spawn_file_actions_addclosefrom_np(actions, count);
    if (error == 0 && directory) error = posix_spawn_file_actions_addchdir_np(actions, directory);
    return error;
}

#define MAX_DESCRIPTORS 16

int clinux_spawn(const char *path, char *const arguments[], char *const environment[], const char *directory,
                 const int *descriptors, int count, pid_t *pid) {
    if (count < 0 || count > MAX_DESCRIPTORS) return EINVAL;
    // A source below `count` could be overwritten before its turn: those are copied upwards first.
    int sources[MAX_DESCRIPTORS];
    int copied[MAX_DESCRIPTORS];
    int error = 0, copies = 0;
    for (int index = 0; index < count && error == 0; index++) {
        sources[index] = descriptors[index];
        if (descriptors[index] >= 0 && descriptors[index] < count) {
            sources[index] = fcntl(descriptors[index], F_DUPFD_CLOEXEC, count);
            if (sources[index] < 0) error = errno;
            else copied[copies++] = sources[index];
        }
    }
    if (error == 0) {
        posix_spawnattr_t attributes;
        posix_spawn_file_actions_t actions;
        error = posix_spawnattr_init(&attributes);
        if (error == 0) {
            error = posix_spawn_file_actions_init(&actions);
            if (error == 0) {
                error = set_attributes(&attributes);
                if (error == 0) error = set_actions(&actions, directory, sources, count);
                if (error == 0) error = posix_spawnp(pid, path, &actions, &attributes, arguments, environment);
                posix_spawn_file_actions_destroy(&actions);
            }
            posix_spawnattr_destroy(&attributes);
        }
    }
    for (int index = 0; index < copies; index++) close(copied[index]);
    return error;
}

int clinux_pidfd_open(pid_t pid) {
    // The descriptor closes on exec by itself.
    return (int)syscall(SYS_pidfd_open, pid, 0);
}

static int64_t microseconds(struct timeval time) {
    return (int64_t)time.tv_sec * 1000000 + time.tv_usec;
}

int clinux_reap(pid_t pid, struct clinux_exit *result) {
    int status = 0;
    struct rusage usage;
    memset(&usage, 0, sizeof usage);
    pid_t reaped;
    do {
        reaped = wait4(pid, &status, 0, &usage);
    } while (reaped < 0 && errno == EINTR);
    if (reaped < 0) return errno;
    result->signalled = WIFSIGNALED(status) ? 1 : 0;
    result->status = result->signalled ? WTERMSIG(status) : WEXITSTATUS(status);
    result->dumped_core = result->signalled && WCOREDUMP(status) ? 1 : 0;
    result->user_microseconds = microseconds(usage.ru_utime);
    result->system_microseconds = microseconds(usage.ru_stime);
    result->peak_kilobytes = usage.ru_maxrss;
    return 0;
}

const char *clinux_error_text(int number) {
    return strerrordesc_np(number);
}
