/* Lives of planners and of heuristics, in worlds where every object ends the life and no move slips.

   The same lives as evosim's to the last bit: the same draws, sums in the same order. */
#include <stdlib.h>
#include <string.h>

#include "evosim.h"

typedef struct {
    int64_t count, cells, columns, objects, features, steps, own; /* E, C, , N, F, , O */
    const int32_t *start, *cell, *floor;                            /* [E], [E, N], [E] */
    const int16_t *content, *distance;                              /* [E, C], [E, C, N] */
    const int8_t *first_action;                                     /* [E, C, N] */
    const uint8_t *visible;                                         /* [E, C, N] */
    const double *feature, *outcome;                                /* [E, N, F], [N, O] */
    const int32_t *type;                                            /* [N] */
} Worlds;

typedef struct { /* where the parts of the outcomes [K] of a life begin */
    int64_t own, steps, moves, thinking, survived, entered, entered_first, size;
} Offsets;

static inline void enter(const Worlds *w, const Offsets *at, int64_t n, double *out) {
    for (int64_t outcome = 0; outcome < w->own; outcome++) out[at->own + outcome] += w->outcome[n * w->own + outcome];
    out[at->entered + w->type[n]] += 1.0;
    out[at->entered_first + w->type[n]] = 1.0;
}

static inline void end(const Offsets *at, int64_t ticks, int64_t moves, int64_t thinking, double *out) {
    out[at->steps] = ticks;
    out[at->moves] = moves;
    out[at->thinking] = thinking;
    out[at->survived] = 1.0;
}

/* ---- planners ---- */

typedef struct {
    int64_t population, longest; /* P, the longest horizon */
    const double *objective, *discount;
    const int32_t *horizon;
} Planners;

static inline int64_t best_goal(int64_t objects, const int16_t *distance, const double *worth, int64_t horizon) {
    int64_t best = NO_PLAN, best_steps = 0;
    double best_worth = 0.0;
    for (int64_t n = 0; n < objects; n++) {
        int64_t steps = distance[n];
        if (steps > horizon) continue;
        double value = worth[steps * objects + n];
        if (value > best_worth || (value == best_worth && best != NO_PLAN && steps < best_steps))
            best = n, best_worth = value, best_steps = steps;
    }
    return best;
}

static inline int64_t wander(const Worlds *w, const int16_t *content, const double *utility, int64_t cell, int64_t last,
                             uint64_t key, uint64_t draw) {
    int64_t ways = 0;
    for (int64_t action = 0; action < MOVES; action++) {
        int64_t n = content[cell + step_of(action, w->columns)];
        if (n == NOTHING || (n >= 0 && utility[n] >= 0.0)) ways |= 1 << action;
    }
    return take_way(ways, last, key, draw);
}

void live_planners(const Worlds *w, const Planners *minds, const Offsets *at, const int64_t *ids, uint64_t key,
                   double *out_outcomes, double *out_mesa) {
    int64_t N = w->objects, F = w->features;
    double *worth = malloc((minds->longest + 1) * N * sizeof(double)), *utility = malloc(N * sizeof(double));
    for (int64_t e = 0; e < w->count; e++) {
        const int16_t *content = w->content + e * w->cells, *distance = w->distance + e * w->cells * N;
        const int8_t *first = w->first_action + e * w->cells * N;
        for (int64_t p = 0; p < minds->population; p++) {
            double *out = out_outcomes + (p * w->count + e) * at->size, mesa = 0.0, discount = minds->discount[p];
            uint64_t life = fold(fold(key, ids[p]), e);
            int64_t horizon = minds->horizon[p], cell = w->start[e], last = STAY, moves = 0, tick = 0, ended = 0;
            for (int64_t n = 0; n < N; n++) {
                utility[n] = 0.0;
                for (int64_t f = 0; f < F; f++)
                    utility[n] += minds->objective[p * F + f] * w->feature[(e * N + n) * F + f];
                double value = utility[n] > 0.0 ? utility[n] : 0.0;
                worth[n] = value;
                for (int64_t steps = 1; steps <= horizon; steps++) worth[steps * N + n] = value *= discount;
            }
            while (tick < w->steps && !ended) {
                int64_t goal = best_goal(N, distance + cell * N, worth, horizon), action;
                if (goal != NO_PLAN)
                    action = first[cell * N + goal];
                else
                    action = wander(w, content, utility, cell, last, life, tick * DRAWS);
                last = action;
                tick++;
                int64_t target = cell + step_of(action, w->columns), n = content[target];
                if (target == cell || n == BARRIER) continue;
                moves++;
                cell = target;
                if (n == NOTHING) continue;
                mesa += utility[n];
                enter(w, at, n, out);
                ended = 1;
            }
            end(at, tick, moves, horizon * w->floor[e], out);
            out_mesa[p * w->count + e] = mesa;
        }
    }
    free(worth);
    free(utility);
}

/* ---- heuristics ---- */

typedef struct {
    int64_t population, senses; /* P, I */
    const double *weights, *stay, *noise; /* [P, I], [P], [P] */
} Heuristics;

typedef struct { /* what is sensed in one cell, beside the last action */
    int32_t count, remembers;    /* how many senses; the object to remember, or NOBODY */
    int32_t side[36], first[36], width[36];
    double amount[36];
} Senses;

static inline int64_t offset(int64_t side, int64_t cell, int64_t target, int64_t columns) {
    int64_t down = target / columns - cell / columns, across = target % columns - cell % columns;
    return side == SOUTH ? down : side == NORTH ? -down : side == EAST ? across : -across;
}

static inline int64_t steps_between(int64_t cell, int64_t target, int64_t columns) {
    return llabs(target / columns - cell / columns) + llabs(target % columns - cell % columns);
}

/* Find the nearest object in sight on each side, or NOBODY; return the one that is remembered from now on. */
static int64_t notice(const Worlds *w, int64_t e, int64_t cell, int64_t remembered, int64_t *nearest) {
    const int32_t *cells = w->cell + e * w->objects;
    int64_t latest = NOBODY, latest_distance = 0;
    for (int64_t side = 0; side < MOVES; side++) nearest[side] = NOBODY;
    for (int64_t n = 0; n < w->objects; n++) {
        if (!w->visible[(e * w->cells + cell) * w->objects + n] || cells[n] == cell) continue;
        int64_t distance = steps_between(cell, cells[n], w->columns);
        for (int64_t side = 0; side < MOVES; side++)
            if (offset(side, cell, cells[n], w->columns) > 0) {
                int64_t rival = nearest[side];
                if (rival == NOBODY || distance < steps_between(cell, cells[rival], w->columns)) nearest[side] = n;
            }
        if (latest == NOBODY || distance < latest_distance) latest = n, latest_distance = distance;
    }
    return latest != NOBODY ? latest : remembered;
}

static inline void note(Senses *s, int64_t side, int64_t first, int64_t width, double amount) {
    s->side[s->count] = side, s->first[s->count] = first, s->width[s->count] = width;
    s->amount[s->count++] = amount;
}

/* List what is sensed in a cell by who remembers an object. */
static void sense(const Worlds *w, int64_t e, int64_t cell, int64_t remembered, Senses *out) {
    int64_t nearest[MOVES], width = 1 + w->features, in_sight = 0;
    out->count = 0;
    out->remembers = notice(w, e, cell, remembered, nearest);
    for (int64_t side = 0; side < MOVES; side++) in_sight |= nearest[side] != NOBODY;
    for (int64_t side = 0; side < MOVES; side++) {
        if (w->content[e * w->cells + cell + step_of(side, w->columns)] == BARRIER) note(out, side, 0, 1, 1.0);
        int64_t n = in_sight ? nearest[side] : out->remembers;
        if (n == NOBODY) continue;
        int64_t target = w->cell[e * w->objects + n], ahead = offset(side, cell, target, w->columns);
        if (ahead <= 0) continue;
        double distance = steps_between(cell, target, w->columns), share = ahead / distance;
        for (int64_t f = 0; f < width; f++) {
            double amount = f == 0 ? 1.0 / distance : share * w->feature[(e * w->objects + n) * w->features + f - 1];
            if (amount != 0.0) note(out, side, (in_sight ? MOVES : MOVES * (1 + width)) + f, width, amount);
        }
    }
}

/* Draw an action by the softmax of its score; at temperature 0 take the best. */
static inline int64_t choose(double *scores, double temperature, uint64_t key, uint64_t draw) {
    int64_t best = 0;
    for (int64_t action = 1; action < ACTIONS; action++)
        if (scores[action] > scores[best]) best = action;
    if (temperature <= 0.0) return best;
    double most = scores[best], total = 0.0;
    for (int64_t action = 0; action < ACTIONS; action++)
        total += scores[action] = exp((scores[action] - most) / temperature);
    double left = uniform(key, draw) * total;
    for (int64_t action = 0; action < ACTIONS; action++)
        if ((left -= scores[action]) < 0.0) return action;
    return best;
}

/* If `tabulated`, what is sensed in each cell by who remembers each object is found once per world, else at each step. */
void live_heuristics(const Worlds *w, const Heuristics *minds, const Offsets *at, const int64_t *ids, uint64_t key,
                     int64_t tabulated, double *out_outcomes) {
    int64_t N = w->objects, I = minds->senses, moved_at = MOVES * (1 + 2 * (1 + w->features));
    Senses *table = malloc(w->cells * (N + 1) * sizeof(Senses)), now;
    for (int64_t e = 0; e < w->count; e++) {
        const int16_t *content = w->content + e * w->cells;
        for (int64_t cell = 0; tabulated && cell < w->cells; cell++)
            for (int64_t n = NOBODY; n < N && content[cell] != BARRIER; n++)
                sense(w, e, cell, n, table + cell * (N + 1) + n + 1);
        for (int64_t p = 0; p < minds->population; p++) {
            double *out = out_outcomes + (p * w->count + e) * at->size;
            const double *weight = minds->weights + p * I;
            uint64_t life = fold(fold(key, ids[p]), e);
            int64_t cell = w->start[e], last = STAY, remembered = NOBODY, moves = 0, tick = 0, ended = 0;
            while (tick < w->steps && !ended) {
                const Senses *s = table + cell * (N + 1) + remembered + 1;
                if (!tabulated) sense(w, e, cell, remembered, &now), s = &now;
                remembered = s->remembers;
                double scores[ACTIONS], stayed = last < MOVES ? 0.0 : 1.0;
                for (int64_t turn = 0; turn < MOVES; turn++) scores[turn] = weight[I - 1] + stayed * weight[I - 2];
                for (int64_t i = 0; i < s->count; i++)
                    for (int64_t turn = 0; turn < MOVES; turn++)
                        scores[turn] += weight[s->first[i] + s->width[i] * ((s->side[i] - turn) & 3)] * s->amount[i];
                if (last < MOVES)
                    for (int64_t turn = 0; turn < MOVES; turn++)
                        scores[turn] += weight[moved_at + ((last - turn) & 3)] * 1.0;
                scores[STAY] = minds->stay[p];
                int64_t action = choose(scores, minds->noise[p], life, tick * DRAWS);
                last = action;
                tick++;
                int64_t target = cell + step_of(action, w->columns), n = content[target];
                if (target == cell || n == BARRIER) continue;
                moves++;
                cell = target;
                if (n == NOTHING) continue;
                enter(w, at, n, out);
                ended = 1;
            }
            end(at, tick, moves, 0, out);
        }
    }
    free(table);
}
