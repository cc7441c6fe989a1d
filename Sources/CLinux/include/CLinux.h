#pragma once
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <poll.h>
#include <unistd.h>
#include "CLinuxSpawn.h"
