#include "CLinuxTerminal.h"

#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

static struct termios saved_mode;
static const char *saved_text;
static atomic_int guarded = -1;

static void put_back(int signal_number) {
    int descriptor = atomic_exchange(&guarded, -1);
    if (descriptor >= 0) {
        tcsetattr(descriptor, TCSANOW, &saved_mode);
        ssize_t ignored = write(descriptor, saved_text, strlen(saved_text));
        (void)ignored;
    }
    /* The default action is back: this ends the process, with a core where there is to be one. */
    raise(signal_number);
}

int clinux_guard_terminal(int descriptor, const struct termios *mode, const char *text) {
    static const int crashes[] = {SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV};
    saved_mode = *mode;
    saved_text = text;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    sigemptyset(&action.sa_mask);
    action.sa_flags = SA_RESETHAND | SA_NODEFER;
    action.sa_handler = put_back;
    for (unsigned index = 0; index < sizeof crashes / sizeof crashes[0]; index++) {
        if (sigaction(crashes[index], &action, NULL) != 0) return -1;
    }
    guarded = descriptor;
    return 0;
}

void clinux_unguard_terminal(void) { guarded = -1; }
