/* A stand-in for libFuzzer where the compiler has none: it changes seeds at random and does not see
 * which code they reach. Its arguments are libFuzzer's:
 *
 *     fuzz_x [-runs=N] [-max_total_time=SECONDS] [-max_len=BYTES] [-seed=N] FOLDER ...
 *
 * An input that ends the process is left in ./last-input. */
#include "fuzz.h"

#include <dirent.h>
#include <time.h>

enum { MOST_SEEDS = 4096, MOST_BYTES = 4096 };

static uint8_t *seeds[MOST_SEEDS];
static size_t sizes[MOST_SEEDS], n_seeds;
static uint64_t state;

static uint64_t below(uint64_t n) { /* SplitMix64 (Steele, Lea and Flood 2014) */
    uint64_t z = state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return (z ^ z >> 31) % n;
}

static void read_seeds(const char *folder) {
    DIR *entries = opendir(folder);
    for (struct dirent *entry; entries != NULL && (entry = readdir(entries)) != NULL;) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        FILE *file = entry->d_name[0] == '.' || n_seeds == MOST_SEEDS ? NULL : fopen(path, "rb");
        if (file == NULL) continue;
        seeds[n_seeds] = malloc(MOST_BYTES);
        sizes[n_seeds] = fread(seeds[n_seeds], 1, MOST_BYTES, file);
        n_seeds++;
        fclose(file);
    }
    if (entries != NULL) closedir(entries);
}

/* Change `size` bytes, of which there may be up to `most`; return how many there are then. */
static size_t change(uint8_t *bytes, size_t size, size_t most) {
    static const uint8_t ODD[] = {0, 1, ' ', '\n', '\r', '\t', '.', '-', 'e', '0', 0x7F, 0x80, 0xC3, 0xFF};
    const size_t at = size ? below(size) : 0, other = size ? below(size) : 0;
    const size_t left = size - at, run = size ? 1 + below(left < 9 ? left : 9) : 0;
    switch (below(6)) {
        case 0: /* a bit */
            if (size) bytes[at] ^= (uint8_t)(1 << below(8));
            return size;
        case 1: /* a byte */
            if (size) bytes[at] = below(2) ? (uint8_t)below(256) : ODD[below(sizeof ODD)];
            return size;
        case 2: /* one more */
            if (size == most) return size;
            memmove(bytes + at + 1, bytes + at, left);
            bytes[at] = below(2) ? (uint8_t)below(256) : ODD[below(sizeof ODD)];
            return size + 1;
        case 3: /* some less */
            memmove(bytes + at, bytes + at + run, left - run);
            return size - run;
        case 4: /* some of them over others */
            if (size) memmove(bytes + at, bytes + other, left < size - other ? left : size - other);
            return size;
        default: { /* the end of another seed */
            const size_t k = below(n_seeds), from = sizes[k] ? below(sizes[k]) : 0;
            const size_t more = sizes[k] - from < most - at ? sizes[k] - from : most - at;
            memcpy(bytes + at, seeds[k] + from, more);
            return at + more;
        }
    }
}

int main(int argc, char **argv) {
    unsigned long long runs = 0, seconds = 0, most = MOST_BYTES, seed = 1, done = 0;
    for (int i = 1; i < argc; i++)
        if (!sscanf(argv[i], "-runs=%llu", &runs) && !sscanf(argv[i], "-max_total_time=%llu", &seconds)
            && !sscanf(argv[i], "-max_len=%llu", &most) && !sscanf(argv[i], "-seed=%llu", &seed)
            && argv[i][0] != '-')
            read_seeds(argv[i]);
    PROMISE(n_seeds > 0 && most <= MOST_BYTES);
    state = seed;
    const time_t start = time(NULL);
    uint8_t bytes[MOST_BYTES];
    for (; !runs || done < runs + n_seeds; done++) {
        if (seconds && done % 256 == 0 && time(NULL) - start >= (time_t)seconds) break;
        const size_t k = done < n_seeds ? done : below(n_seeds);
        size_t size = sizes[k] < most ? sizes[k] : most;
        memcpy(bytes, seeds[k], size);
        for (uint64_t n = done < n_seeds ? 0 : 1 + below(6); n-- > 0;) size = change(bytes, size, most);
        FILE *last = NULL;
        if (getenv("KEEP_INPUTS") != NULL && (last = fopen("last-input", "wb")) != NULL) {
            fwrite(bytes, 1, size, last);
            fclose(last);
        }
        LLVMFuzzerTestOneInput(bytes, size);
    }
    printf("stat::number_of_executed_units: %llu\n", done);
    return 0;
}
