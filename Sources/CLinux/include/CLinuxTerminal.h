#pragma once
#include <termios.h>

/// Has a terminal put back when the process crashes: its mode, and by `text` its screen and cursor. Async-signal-safe. One
/// terminal at a time; `clinux_unguard_terminal` ends it.
///
/// The text has to live as long as the process. Returns 0, or -1 with errno.
int clinux_guard_terminal(int descriptor, const struct termios *mode, const char *text);

void clinux_unguard_terminal(void);
