#pragma once
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

/// How a child ended.
struct clinux_exit {
    /// The exit status, or the signal's number.
    int status;
    /// Whether a signal ended it.
    int signalled;
    int dumped_core;
    int64_t user_microseconds;
    int64_t system_microseconds;
    int64_t peak_kilobytes;
};

/// A pipe whose ends close on exec and are never 0, 1 or 2. Returns 0 or an errno.
int clinux_pipe(int *read_end, int *write_end);

/// Starts a program in a process group of its own, with an empty signal mask, default dispositions and no descriptors
/// but the given ones: `descriptors[i]` becomes the child's `i`, -1 stands for /dev/null. A path without a slash is
/// looked up in PATH. Returns 0 or an errno.
///
/// The mask must be set: threads of dispatch and Swift concurrency block nearly all signals, and a child inherits it.
int clinux_spawn(const char *path, char *const arguments[], char *const environment[], const char *directory,
                 const int *descriptors, int count, pid_t *pid);

/// A descriptor that becomes readable when the child ends, or -1 with errno set.
int clinux_pidfd_open(pid_t pid);

/// Reaps an ended child, or waits for it. Returns 0 or an errno.
int clinux_reap(pid_t pid, struct clinux_exit *result);

/// What an error number means, or null for an unknown one. Static text, safe from any thread.
const char *clinux_error_text(int number);
