/* Whether AddressSanitizer watches this build (.ci/sanitize, .ci/fuzz), and what it has to be told:
 * it knows blocks of malloc(), and not the parts that we cut them into. */
#ifndef W2V_WATCHED_H
#define W2V_WATCHED_H

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define W2V_WATCHED 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define W2V_WATCHED 1
#endif

#if defined(W2V_WATCHED)
#include <sanitizer/asan_interface.h>
#define W2V_FORBID(address, bytes) ASAN_POISON_MEMORY_REGION(address, (size_t)(bytes))
#else
#define W2V_WATCHED 0
#define W2V_FORBID(address, bytes) ((void)(address))
#endif

#endif
