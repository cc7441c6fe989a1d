#pragma once
/* The few Linux calls that Swift's Glibc module lacks. */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "CLinuxPoll.h"
#include "CLinuxSpawn.h"
#include "CLinuxTerminal.h"

/// Names the calling thread, for `top -H` and debuggers; cut at 15 bytes.
void clinux_name_thread(const char *name);

/// Bounds the number of malloc's arenas. Returns 0 when the C library refuses.
int clinux_limit_arenas(int count);

/// Makes a pipe whose ends no child inherits, the writing end non-blocking. Returns 0, or -1 with errno.
int clinux_signal_pipe(int ends[2]);

/// Routes a signal to a file descriptor: each occurrence writes the signal's number as one byte. Async-signal-safe; the
/// descriptor must stay open. Returns 0, or -1 with errno.
int clinux_watch_signal(int signal_number, int descriptor);

