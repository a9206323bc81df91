/* evosim's own random streams and moves in C, for the references that its kernels are measured against. */
#include <math.h>
#include <stdint.h>

enum { NORTH, EAST, SOUTH, WEST, STAY, MOVES = 4, ACTIONS = 5 };
enum { BARRIER = -2, NOTHING = -1, NOBODY = -1, NO_PLAN = -1, DRAWS = 4 };

static const uint64_t GOLDEN = 0x9E3779B97F4A7C15u;

/* The key of a narrower scope (murmur3's finalizer). */
static inline uint64_t fold(uint64_t key, uint64_t word) {
    uint64_t z = key + GOLDEN * (word + 1);
    z = (z ^ (z >> 33)) * 0xFF51AFD7ED558CCDu;
    z = (z ^ (z >> 33)) * 0xC4CEB9FE1A85EC53u;
    return z ^ (z >> 33);
}

/* A number in [0, 1): draw number `draw` of the scope `key` (splitmix64, Stafford's variant 13). */
static inline double uniform(uint64_t key, uint64_t draw) {
    uint64_t z = key + GOLDEN * (draw + 1);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

static inline int64_t below(uint64_t key, uint64_t draw, int64_t count) {
    return (int64_t)(uniform(key, draw) * (double)count);
}

static inline double normal(uint64_t key, uint64_t draw) {
    double radius = sqrt(-2.0 * log(1.0 - uniform(key, 2 * draw)));
    return radius * cos(2.0 * M_PI * uniform(key, 2 * draw + 1));
}

/* A number reflected at the ends of a range until it lies within; the remainder has the sign of the width. */
static inline double reflect(double value, double low, double high) {
    double width = high - low, twice = 2.0 * width, beyond = fmod(value - low, twice);
    if (beyond < 0.0) beyond += twice;
    return low + (beyond <= width ? beyond : twice - beyond);
}

static inline int64_t step_of(int64_t action, int64_t columns) {
    return action == NORTH ? -columns : action == EAST ? 1 : action == SOUTH ? columns : action == WEST ? -1 : 0;
}

/* One of the actions that have a bit in `ways`, turning back only if there is no other; else STAY. */
static inline int64_t take_way(int64_t ways, int64_t last, uint64_t key, uint64_t draw) {
    int64_t count = __builtin_popcountll(ways), back = (last + 2) % MOVES;
    if (count > 1 && last < MOVES && (ways >> back & 1)) {
        ways ^= 1 << back;
        count--;
    }
    int64_t left = below(key, draw, count);
    for (int64_t action = 0; action < ACTIONS; action++)
        if (ways >> action & 1) {
            if (left == 0) return action;
            left--;
        }
    return STAY;
}
