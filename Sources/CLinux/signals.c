#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>

/* One descriptor for all watched signals: a process has one set of signal dispositions. */
static atomic_int watched_descriptor = -1;

static void forward(int signal_number) {
    int saved = errno;
    unsigned char byte = (unsigned char)signal_number;
    /* A full pipe means that a signal is pending anyway. */
    ssize_t ignored = write(watched_descriptor, &byte, 1);
    (void)ignored;
    errno = saved;
}

int clinux_signal_pipe(int ends[2]) {
    if (pipe2(ends, O_CLOEXEC) != 0) return -1;
    /* A handler must never block, not even when thousands of signals are pending. */
    return fcntl(ends[1], F_SETFL, O_NONBLOCK);
}

int clinux_watch_signal(int signal_number, int descriptor) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    sigemptyset(&action.sa_mask);
    action.sa_flags = SA_RESTART;
    action.sa_handler = forward;
    watched_descriptor = descriptor;
    return sigaction(signal_number, &action, NULL);
}
