#pragma once

/* For the files that all demo guests share. */
#include "smp.h"
