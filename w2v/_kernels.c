#include "_kernels.h"
