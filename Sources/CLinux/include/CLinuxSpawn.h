#pragma once
#include <fcntl.h>
#include <signal.h>
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

/// What to start, and how.
struct clinux_program {
    /// One without a slash is looked up in PATH.
    const char *path;
    /// End with a null pointer, the first is the program's own name.
    char *const *arguments;
    /// End with a null pointer.
    char *const *environment;
    /// Null is this process's.
    const char *directory;
    /// `descriptors[i]` becomes the child's `i`; -1 stands for /dev/null. The child has no others.
    const int *descriptors;
    int descriptor_count;
    /// A session of its own, and so no terminal; else a process group of its own.
    int new_session;
    /// Whether the child gets SIGKILL when the calling *thread* ends, and so with its process.
    int dies_with_thread;
};

/// A pipe whose ends close on exec and are never 0, 1 or 2. Returns 0 or an errno.
int clinux_pipe(int *read_end, int *write_end);

/// A pair of connected stream sockets whose ends close on exec and are never 0, 1 or 2. Returns 0 or an errno.
int clinux_socket_pair(int ends[2]);

/// Starts a program with an empty signal mask and default dispositions. Returns 0 or an errno; `pidfd` closes on exec.
///
/// It is not posix_spawn, which can't set the death signal: set later, by the program itself, it comes too late for a
/// parent that dies in between. The calling thread waits until the program has replaced its memory.
int clinux_spawn(const struct clinux_program *program, pid_t *pid, int *pidfd);

/// Reaps an ended child, or waits for it. Returns 0 or an errno.
int clinux_reap(pid_t pid, struct clinux_exit *result);

/// Looks how a child has ended and leaves it to be reaped: its id stays taken. Returns 0, EAGAIN while it runs, or an
/// errno.
int clinux_peek_exit(pid_t pid, struct clinux_exit *result);

/// A descriptor for any process, closed on exec; -1 with errno set.
int clinux_pidfd_open(pid_t pid);

/// Sends a signal through a process's descriptor: never to a stranger that got its id. Returns 0, or -1 with errno.
int clinux_pidfd_signal(int pidfd, int signal_number);

/// What an error number means, or null for an unknown one. Static text, safe from any thread.
const char *clinux_error_text(int number);

/// A signal's name such as `KILL`, or null for an unknown one. Static text.
const char *clinux_signal_name(int number);

/// Lets the process outlive the signals that are meant for its parent: TERM, INT, HUP, QUIT, USR1 and USR2 do nothing.
/// Programs that it starts get the defaults.
void clinux_disregard_signals(void);

/// Makes C's standard output write each line at once, also into a pipe.
void clinux_buffer_output_by_line(void);
