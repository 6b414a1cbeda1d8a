#include "_tokens.h"
