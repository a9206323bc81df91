/* The decisions of planners in a shared world, by a map of kinds: what lies in each cell is one byte, and around what
   is seen stands a wall, so that no step of the search asks whether it is still within sight.

   The same decisions as evosim's to the last bit: the same draws, the same ties, discounts multiplied step by step. */
#include <string.h>

#include "evosim.h"

enum { EMPTY = -1, WALL = -2, BODY = 1024, WANDER = 0, ROTATION = 6, MOST_VISION = 16, MOST_KINDS = 32 };

typedef struct {
    int64_t rows, columns, vision, things, features, drives, hunger; /* , , , T, F, D, a drive */
    const int32_t *what;                                             /* [C] */
    const double *feature;                                           /* [T + 2, F] */
    double most;                                                     /* energy */
} World;

typedef struct {
    int64_t count, loci, objective, horizon; /* A, L, first locus of each */
    double discount;
    const int64_t *id;                       /* [A] */
    const int32_t *cell;                     /* [A] */
    const int8_t *last;                      /* [A] */
    const uint8_t *able;                     /* [A] */
    const double *energy;                    /* [A] */
    const float *genome;                     /* [A, L] */
    double *levels;                          /* [A, D] */
} Agents;

/* Map a torus, and as much of its other side as can be seen from its edges. */
static void map_kinds(const World *w, const uint8_t *able, int8_t *out) {
    int64_t v = w->vision, wide = w->columns + 2 * v;
    for (int64_t r = 0; r < w->rows + 2 * v; r++) {
        const int32_t *row = w->what + (r + w->rows - v) % w->rows * w->columns;
        int8_t *to = out + r * wide;
        for (int64_t c = 0; c < w->columns; c++)
            to[v + c] = row[c] < BODY ? row[c] : able[row[c] - BODY] ? w->things : WALL;
        memcpy(to, to + w->columns, v);
        memcpy(to + v + w->columns, to + v, v);
    }
}

static inline double utility(const World *w, const float *weight, const double *levels, const double *observed) {
    double total = 0.0;
    for (int64_t f = 0; f < w->features; f++) {
        double own = weight[f];
        for (int64_t d = 0; d < w->drives; d++) own += levels[d] * weight[w->features * (1 + d) + f];
        total += own * observed[f];
    }
    return total;
}

/* Return the first step of the best plan, or NO_PLAN; what was looked at is a wall afterwards. */
static int64_t plan(int8_t *seen, int64_t side, int64_t start, int64_t horizon, double discount, const double *worth,
                    int64_t kinds, int64_t rotation) {
    int16_t queue[(2 * MOST_VISION + 1) * (2 * MOST_VISION + 1)];
    int8_t first[(2 * MOST_VISION + 3) * (2 * MOST_VISION + 3)];
    double now[MOST_KINDS], ahead = 0.0, best = 0.0;
    int64_t head = 0, count = 1, chosen = NO_PLAN, step[MOVES] = {-side, 1, side, -1};
    for (int64_t kind = 0; kind < kinds; kind++) {
        now[kind] = worth[kind];
        if (ahead < worth[kind]) ahead = worth[kind];
    }
    ahead *= discount;
    queue[0] = start;
    seen[start] = WALL;
    for (int64_t steps = 1; head < count && steps <= horizon && ahead > best; steps++) {
        for (int64_t kind = 0; kind < kinds; kind++) now[kind] *= discount;
        for (int64_t end = count; head < end; head++)
            for (int64_t turn = 0; turn < MOVES; turn++) {
                int64_t action = (turn + rotation) & 3, to = queue[head] + step[action], kind = seen[to];
                if (kind == WALL) continue;
                seen[to] = WALL;
                int64_t came = steps == 1 ? action : first[queue[head]];
                if (kind == EMPTY) {
                    first[to] = came;
                    queue[count++] = to;
                } else if (worth[kind] > 0.0 && now[kind] > best)
                    best = now[kind], chosen = came;
            }
        ahead *= discount;
    }
    return chosen;
}

void decide_all(const World *w, const Agents *agents, uint64_t key, int8_t *scratch, int8_t *out_action,
                uint8_t *out_courts, uint8_t *out_wants_child, double *out_thoughts) {
    int64_t v = w->vision, wide = w->columns + 2 * v, span = 2 * v + 1, side = span + 2, mate = w->things;
    int64_t here = (v + 1) * side + v + 1, step[MOVES] = {-side, 1, side, -1};
    int8_t seen[(2 * MOST_VISION + 3) * (2 * MOST_VISION + 3)];
    map_kinds(w, agents->able, scratch);
    for (int64_t i = 0; i < agents->count; i++) {
        double *levels = agents->levels + i * w->drives, worth[MOST_KINDS];
        const float *genome = agents->genome + i * agents->loci, *weight = genome + agents->objective;
        if (w->hunger >= 0) {
            double hungry = rint(10.0 * (1.0 - agents->energy[i] / w->most)) / 10.0;
            levels[w->hunger] = hungry > 0.0 ? hungry : 0.0;
        }
        for (int64_t kind = 0; kind <= mate; kind++)
            worth[kind] = utility(w, weight, levels, w->feature + kind * w->features);
        out_courts[i] = agents->able[i] && worth[mate] > 0.0;
        out_wants_child[i] = utility(w, weight, levels, w->feature + (mate + 1) * w->features) > 0.0;
        if (!agents->able[i]) worth[mate] = 0.0;
        uint64_t own = fold(key, agents->id[i]);
        double horizon = rint(genome[agents->horizon]);
        out_thoughts[i] = horizon * span * span;
        const int8_t *corner = scratch + agents->cell[i] / w->columns * wide + agents->cell[i] % w->columns;
        memset(seen, WALL, side * side);
        for (int64_t r = 0; r < span; r++) memcpy(seen + (r + 1) * side + 1, corner + r * wide, span);
        int64_t beside[MOVES], rotation = below(own, ROTATION, MOVES);
        for (int64_t action = 0; action < MOVES; action++) beside[action] = seen[here + step[action]];
        int64_t action = plan(seen, side, here, (int64_t)horizon, agents->discount, worth, mate + 1, rotation);
        if (action == NO_PLAN) {
            int64_t ways = 0;
            for (int64_t way = 0; way < MOVES; way++)
                if (beside[way] == EMPTY || (beside[way] >= 0 && beside[way] < mate && worth[beside[way]] >= 0.0))
                    ways |= 1 << way;
            action = take_way(ways, agents->last[i], own, WANDER);
        }
        out_action[i] = action;
    }
}
