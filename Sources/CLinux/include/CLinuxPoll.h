#pragma once
#include <stdint.h>
#include <sys/epoll.h>

/// One descriptor on which something happened.
struct clinux_ready {
    uint64_t token;
    uint32_t events;
};

/// Adds (EPOLL_CTL_ADD), changes (EPOLL_CTL_MOD) or removes (EPOLL_CTL_DEL) a descriptor. Returns 0 or an errno.
int clinux_epoll_control(int epoll, int operation, int descriptor, uint32_t events, uint64_t token);

/// Waits so many milliseconds, -1 is without end. Returns how many are ready, 0 also after a signal.
int clinux_epoll_wait(int epoll, struct clinux_ready *ready, int capacity, int milliseconds);
