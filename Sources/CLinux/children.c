#define _GNU_SOURCE
#include "CLinuxSpawn.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int64_t microseconds(struct timeval time) {
    return (int64_t)time.tv_sec * 1000000 + time.tv_usec;
}

static void note_usage(struct clinux_exit *result, const struct rusage *usage) {
    result->user_microseconds = microseconds(usage->ru_utime);
    result->system_microseconds = microseconds(usage->ru_stime);
    result->peak_kilobytes = usage->ru_maxrss;
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
    note_usage(result, &usage);
    return 0;
}

int clinux_peek_exit(pid_t pid, struct clinux_exit *result) {
    siginfo_t info;
    struct rusage usage;
    memset(&info, 0, sizeof info);
    memset(&usage, 0, sizeof usage);
    // The C library's waitid has no place for the usage.
    if (syscall(SYS_waitid, P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT, &usage) != 0) return errno;
    if (info.si_pid != pid) return EAGAIN;
    result->signalled = info.si_code == CLD_EXITED ? 0 : 1;
    result->status = info.si_status;
    result->dumped_core = info.si_code == CLD_DUMPED ? 1 : 0;
    note_usage(result, &usage);
    return 0;
}

int clinux_pidfd_open(pid_t pid) {
    // The descriptor closes on exec by itself.
    return (int)syscall(SYS_pidfd_open, pid, 0);
}

int clinux_pidfd_signal(int pidfd, int signal_number) {
    return (int)syscall(SYS_pidfd_send_signal, pidfd, signal_number, NULL, 0);
}

const char *clinux_error_text(int number) {
    return strerrordesc_np(number);
}

const char *clinux_signal_name(int number) {
    return sigabbrev_np(number);
}

static void disregard(int signal_number) {
    (void)signal_number;
}

void clinux_disregard_signals(void) {
    // A handler, since programs started later would inherit an ignored signal.
    const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};
    struct sigaction action;
    memset(&action, 0, sizeof action);
    sigemptyset(&action.sa_mask);
    action.sa_flags = SA_RESTART;
    action.sa_handler = disregard;
    for (size_t index = 0; index < sizeof signals / sizeof *signals; index++) sigaction(signals[index], &action, NULL);
}

void clinux_buffer_output_by_line(void) {
    setvbuf(stdout, NULL, _IOLBF, 0);
}
