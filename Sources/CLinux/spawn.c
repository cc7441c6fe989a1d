#define _GNU_SOURCE
#include "CLinuxSpawn.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/// Moves a descriptor to `minimum` or above, so that it can't be overwritten by the child's standard streams.
static int raise_descriptor(int *descriptor, int minimum) {
    if (*descriptor >= minimum) return 0;
    int raised = fcntl(*descriptor, F_DUPFD_CLOEXEC, minimum);
    if (raised < 0) return errno;
    close(*descriptor);
    *descriptor = raised;
    return 0;
}

static int raise_both(int ends[2]) {
    int error = raise_descriptor(&ends[0], 3);
    if (error == 0) error = raise_descriptor(&ends[1], 3);
    if (error != 0) {
        close(ends[0]);
        close(ends[1]);
    }
    return error;
}

int clinux_pipe(int *read_end, int *write_end) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return errno;
    int error = raise_both(ends);
    if (error != 0) return error;
    *read_end = ends[0];
    *write_end = ends[1];
    return 0;
}

int clinux_socket_pair(int ends[2]) {
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return errno;
    return raise_both(ends);
}

/// The C library's other name for `clone`: by that one the thread sanitizer takes the call for a fork, and breaks.
extern int __clone(int (*function)(void *), void *stack, int flags, void *argument, ...);

#define MAX_DESCRIPTORS 16

struct start {
    const struct clinux_program *program;
    pid_t parent;
    /// Written by the child into the parent's memory.
    volatile int error;
};

/// Ends the child. Not by `_exit`, in which a sanitizer would count the borrowed thread as gone.
static void end_child(void) {
    syscall(SYS_exit_group, 127);
}

/// Replaces handlers and, what an exec would keep, ignored signals.
__attribute__((no_sanitize("address", "thread"))) static void reset_signals(void) {
    for (int number = 1; number < NSIG; number++) {
        struct sigaction action;
        // The C library refuses its own two.
        if (sigaction(number, NULL, &action) != 0 || action.sa_handler == SIG_DFL) continue;
        memset(&action, 0, sizeof action);
        action.sa_handler = SIG_DFL;
        sigaction(number, &action, NULL);
    }
}

__attribute__((no_sanitize("address", "thread"))) static int place_descriptors(const struct clinux_program *program) {
    int count = program->descriptor_count;
    int sources[MAX_DESCRIPTORS];
    // Below `count` a source could be overwritten before its turn. All copies close on exec or before.
    for (int index = 0; index < count; index++) {
        sources[index] = program->descriptors[index];
        if (sources[index] < 0) sources[index] = open("/dev/null", O_RDWR | O_CLOEXEC);
        if (sources[index] >= 0 && sources[index] < count) sources[index] = fcntl(sources[index], F_DUPFD_CLOEXEC, count);
        if (sources[index] < 0) return -1;
    }
    for (int index = 0; index < count; index++) {
        if (dup2(sources[index], index) < 0) return -1;
    }
    closefrom(count);
    return 0;
}

/// The child, on a stack of its own but in the memory of the parent, whose other threads run on: only what is safe in a
/// signal handler may be called.
__attribute__((no_sanitize("address", "thread"))) static int start_child(void *argument) {
    struct start *start = argument;
    const struct clinux_program *program = start->program;
    sigset_t none;
    sigemptyset(&none);
    reset_signals();
    if (program->new_session ? setsid() < 0 : setpgid(0, 0) < 0) goto failed;
    if (program->dies_with_thread) {
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) goto failed;
        // The parent may have died before.
        if (getppid() != start->parent) end_child();
    }
    if (place_descriptors(program) != 0) goto failed;
    if (program->directory && chdir(program->directory) != 0) goto failed;
    // After the handlers are gone: none may run in this borrowed memory.
    if (sigprocmask(SIG_SETMASK, &none, NULL) != 0) goto failed;
    execvpe(program->path, program->arguments, program->environment);
failed:
    start->error = errno;
    end_child();
    return 127;
}

/// The stack for `start_child`; execvpe keeps a path, and for a script the arguments, on it.
static size_t stack_size(const struct clinux_program *program) {
    size_t count = 0;
    while (program->arguments[count]) count++;
    size_t size = (64 << 10) + (count + 2) * sizeof(char *);
    return (size + 4095) & ~(size_t)4095;
}

int clinux_spawn(const struct clinux_program *program, pid_t *pid, int *pidfd) {
    if (program->descriptor_count < 0 || program->descriptor_count > MAX_DESCRIPTORS) return EINVAL;
    size_t size = stack_size(program);
    char *stack = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stack == MAP_FAILED) return errno;
    struct start start = {.program = program, .parent = getpid(), .error = 0};
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    int descriptor = -1;
    // With CLONE_VFORK this thread sleeps until the child has left its memory.
    pid_t child = __clone(start_child, stack + size, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &start, &descriptor);
    int error = child < 0 ? errno : start.error;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    munmap(stack, size);
    if (error == 0) {
        *pid = child;
        *pidfd = descriptor;
        return 0;
    }
    if (child > 0) {
        while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
        close(descriptor);
    }
    return error;
}
