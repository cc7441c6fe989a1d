#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "CLinux.h"

#include <malloc.h>
#include <stdio.h>

void clinux_name_thread(const char *name) {
    char cut[16];
    snprintf(cut, sizeof cut, "%s", name);
    pthread_setname_np(pthread_self(), cut);
}

int clinux_limit_arenas(int count) { return mallopt(M_ARENA_MAX, count); }
