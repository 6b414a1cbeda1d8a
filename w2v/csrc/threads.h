/* What threads share without the operating system's help: counters, meetings, a lock. */
#ifndef W2V_THREADS_H
#define W2V_THREADS_H

#include <stdint.h>

#if defined(_WIN32)
#define WIN32_LEAN_AND_MEAN /* its macros would take names such as min and small */
#define NOMINMAX
#include <windows.h>
#define W2V_YIELD() SwitchToThread()
#else
#include <sched.h>
#define W2V_YIELD() sched_yield()
#endif

#if defined(__GNUC__) || defined(__clang__)
static inline int64_t w2v_arrive(int64_t *arrivals) {
    return __atomic_add_fetch(arrivals, 1, __ATOMIC_ACQ_REL);
}
static inline int64_t w2v_arrived(const int64_t *arrivals) {
    return __atomic_load_n(arrivals, __ATOMIC_ACQUIRE);
}
static inline int64_t w2v_fetch_add(int64_t *counter, int64_t value) {
    return __atomic_fetch_add(counter, value, __ATOMIC_RELAXED);
}
static inline int64_t w2v_load(const int64_t *flag) {
    return __atomic_load_n(flag, __ATOMIC_RELAXED);
}
static inline void w2v_store(int64_t *flag, int64_t value) {
    __atomic_store_n(flag, value, __ATOMIC_RELAXED);
}
static inline double w2v_load_double(const double *p) {
    double value;
    __atomic_load(p, &value, __ATOMIC_RELAXED);
    return value;
}
static inline void w2v_store_double(double *p, double value) {
    __atomic_store(p, &value, __ATOMIC_RELAXED);
}
static inline void w2v_store32(int32_t *p, int32_t value) {
    __atomic_store_n(p, value, __ATOMIC_RELAXED);
}
static inline int32_t w2v_exchange32(int32_t *p, int32_t value) {
    return __atomic_exchange_n(p, value, __ATOMIC_RELAXED);
}
static inline int64_t w2v_exchange64(int64_t *p, int64_t value) {
    return __atomic_exchange_n(p, value, __ATOMIC_ACQ_REL);
}
#else
#include <intrin.h>
static inline int64_t w2v_fetch_add(int64_t *counter, int64_t value) {
    return _InterlockedExchangeAdd64(counter, value);
}
static inline int64_t w2v_load(const int64_t *flag) { return *(const volatile int64_t *)flag; }
static inline void w2v_store(int64_t *flag, int64_t value) { *(volatile int64_t *)flag = value; }
static inline double w2v_load_double(const double *p) { return *(const volatile double *)p; }
static inline void w2v_store_double(double *p, double value) { *(volatile double *)p = value; }
static inline void w2v_store32(int32_t *p, int32_t value) { *(volatile int32_t *)p = value; }
static inline int32_t w2v_exchange32(int32_t *p, int32_t value) {
    return (int32_t)_InterlockedExchange((volatile long *)p, value);
}
static inline int64_t w2v_exchange64(int64_t *p, int64_t value) {
    return _InterlockedExchange64(p, value);
}
static inline int64_t w2v_arrive(int64_t *arrivals) {
    return _InterlockedIncrement64(arrivals);
}
static inline int64_t w2v_arrived(const int64_t *arrivals) {
    return _InterlockedOr64((int64_t *)arrivals, 0);
}
#endif

/* Wait until all workers are here; 0 if `*stop` says that some will not come. `arrivals` counts
 * up for ever: the meeting is complete at the next multiple of `workers`. A short spin, then the
 * core is offered to others: spinning on where another worker should run costs a thousandfold. */
static inline int w2v_meet(int64_t *arrivals, int64_t workers, const int64_t *stop) {
    const int64_t complete = (w2v_arrive(arrivals) + workers - 1) / workers * workers;
    for (int64_t spins = 0; w2v_arrived(arrivals) < complete; spins++) {
        if (w2v_load(stop)) return 0;
        if (spins > 500) W2V_YIELD();
    }
    return 1;
}

/* A lock: 0 is open. Its holder is quick; a worker that waits offers its core. */
static inline void w2v_lock(int64_t *lock) {
    while (w2v_exchange64(lock, 1)) W2V_YIELD();
}
static inline void w2v_unlock(int64_t *lock) { w2v_exchange64(lock, 0); }

#endif
