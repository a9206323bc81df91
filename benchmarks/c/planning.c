/* Plans by value iteration, where moves may slip in one of the four directions, and by tree search.

   The same plans as evosim's to the last bit; no places, and in value iteration all objects can be had. */
#include <stdlib.h>

#include "evosim.h"

typedef struct {
    int64_t cells, columns, objects; /* C, , N */
    const int16_t *content;          /* [C] the object in the cell, NOTHING or a BARRIER */
    const int32_t *cell;             /* [N] */
} World;

/* ---- value iteration ---- */

typedef struct {
    double value;
    int64_t steps, aim;
} Option;

/* What lies in a direction: an object, or the best plan from there; behind a wall, that from here. */
static inline Option outlook(const World *w, const double *utility, const double *value, const int32_t *steps,
                             const int32_t *aim, int64_t cell, int64_t action) {
    int64_t other = cell + step_of(action, w->columns), n = w->content[other];
    if (n == BARRIER) other = cell;
    if (n >= 0) return (Option){utility[n], 0, n};
    return (Option){value[other], steps[other], aim[other]};
}

/* Find the best plan of up to `horizon` steps from every cell; return the layer of `value`, `steps` and `aim` [2, C] it
   is in. What a slip is worth is summed once a cell. */
static int64_t value_iteration(const World *w, const double *utility, double slip, double discount, int64_t horizon,
                        double *value, int32_t *steps, int32_t *aim) {
    int64_t C = w->cells, now = 0;
    for (int64_t cell = 0; cell < C; cell++) value[cell] = 0.0, steps[cell] = 0, aim[cell] = NO_PLAN;
    for (int64_t sweep = 0; sweep < horizon; sweep++) {
        const double *old = value + now * C;
        const int32_t *old_steps = steps + now * C, *old_aim = aim + now * C;
        int64_t then = 1 - now, changed = 0;
        for (int64_t cell = 0; cell < C; cell++) {
            Option best = {0.0, 0, NO_PLAN};
            if (w->content[cell] != BARRIER) {
                Option ahead[ACTIONS];
                double slipped = 0.0;
                for (int64_t action = 0; action < MOVES; action++) {
                    ahead[action] = outlook(w, utility, old, old_steps, old_aim, cell, action);
                    slipped += ahead[action].value;
                }
                ahead[STAY] = (Option){old[cell], old_steps[cell], old_aim[cell]};
                double astray = slip * slipped / MOVES;
                for (int64_t action = 0; action < ACTIONS; action++) {
                    Option o = ahead[action];
                    if (slip > 0.0 && action != STAY) o.value = (1.0 - slip) * o.value + astray;
                    o.value *= discount;
                    o.steps++;
                    if (o.value <= 0.0 || o.value < best.value) continue;
                    if (o.value > best.value || o.steps < best.steps || (o.steps == best.steps && o.aim < best.aim))
                        best = o;
                }
            }
            value[then * C + cell] = best.value, steps[then * C + cell] = best.steps, aim[then * C + cell] = best.aim;
            changed |= best.value != old[cell] || best.aim != old_aim[cell];
        }
        now = then;
        if (!changed) break;
    }
    return now;
}

/* Worlds one after the other: [W, C], [W, N], [W, 2, C]. */
void value_iterations(int64_t worlds, const World *first, const double *utility, double slip, double discount,
                      int64_t horizon, double *value, int32_t *steps, int32_t *aim, int64_t *out_layer) {
    World w = *first;
    for (int64_t i = 0; i < worlds; i++) {
        int64_t at = i * 2 * w.cells;
        out_layer[i] = value_iteration(&w, utility, slip, discount, horizon, value + at, steps + at, aim + at);
        w.content += w.cells, w.cell += w.objects, utility += w.objects;
    }
}

/* ---- tree search: sequences of objects, depth first, with a bound on what the rest could earn ---- */

enum { UNREACHED = 32767, DEEPEST = 32, MOST_OBJECTS = 64 };

typedef struct {
    int64_t cell, steps, aim;
    double earned;
} Level;

typedef struct {
    double value;
    int64_t steps, aim;
} Found;

static inline Found better(Found best, double value, int64_t steps, int64_t aim) {
    int tie = value == best.value && best.aim != NO_PLAN &&
              (steps < best.steps || (steps == best.steps && aim < best.aim));
    return value > best.value || tie ? (Found){value, steps, aim} : best;
}

/* Measure how far it is to every cell within reach, around all objects that are there. */
static void arrive(const World *w, const uint8_t *there, Level *level, int64_t horizon, int16_t *distance,
                   int32_t *queue) {
    int64_t here = level->cell, head = 0, count = 1, farthest = horizon - level->steps, again = UNREACHED;
    level->aim = -1;
    for (int64_t cell = 0; cell < w->cells; cell++) distance[cell] = UNREACHED;
    queue[0] = here;
    while (head < count) {
        int64_t cell = queue[head++], reached = cell == here ? 0 : distance[cell];
        if (reached >= farthest) break;
        for (int64_t action = 0; action < MOVES; action++) {
            int64_t other = cell + step_of(action, w->columns), n = w->content[other];
            if (n == BARRIER) continue;
            if (other == here) {
                if (again == UNREACHED) again = reached + 1;
            } else if (distance[other] == UNREACHED) {
                distance[other] = reached + 1;
                if (n == NOTHING || !there[n]) queue[count++] = other;
            }
        }
    }
    distance[here] = again;
}

/* Whether the walk can't become as good as the best, not if all objects were as near as can be. */
static int hopeless(const World *w, const double *utility, const uint8_t *ends, const uint8_t *taken,
                    const uint8_t *there, const Level *level, int64_t horizon, double discount, const double *powers,
                    double best) {
    double hope = level->earned, ending = 0.0;
    for (int64_t n = 0; n < w->objects; n++) {
        if (!there[n] || utility[n] <= 0.0) continue;
        int64_t apart = llabs(w->cell[n] / w->columns - level->cell / w->columns) +
                        llabs(w->cell[n] % w->columns - level->cell % w->columns);
        int64_t soonest = level->steps + (apart > 1 ? apart : 1);
        if (soonest > horizon) continue;
        double worth = utility[n] * powers[soonest];
        if (ends[n])
            ending = worth > ending ? worth : ending;
        else if (taken[n])
            hope += worth;
        else
            hope += worth / (1.0 - discount * discount);
    }
    hope += ending;
    hope += 0.0 * powers[level->steps];
    return hope == level->earned || hope + 1e-9 * fabs(hope) < best;
}

/* Find the best walk of up to `horizon` moves. `room` [H + 1, C] and `queue` [C] are working memory. */
static void search_tree(const World *w, const double *utility, const uint8_t *ends, const uint8_t *taken, int64_t start,
                 int64_t horizon, double discount, int16_t *room, int32_t *queue, double *out_value, int64_t *out_steps,
                 int64_t *out_aim) {
    Level levels[DEEPEST + 1], *level = levels;
    double powers[DEEPEST + 1];
    uint8_t there[MOST_OBJECTS];
    Found best = {0.0, 0, NO_PLAN};
    for (int64_t n = 0; n < w->objects; n++) there[n] = 1;
    powers[0] = 1.0;
    for (int64_t power = 1; power <= horizon; power++) powers[power] = powers[power - 1] * discount;
    *level = (Level){start, 0, -1, 0.0};
    arrive(w, there, level, horizon, room, queue);
    while (level >= levels) {
        int64_t n = ++level->aim;
        if (n >= w->objects || (n == 0 && hopeless(w, utility, ends, taken, there, level, horizon, discount, powers,
                                                   best.value))) {
            level--;
            if (level >= levels && taken[level->aim]) there[level->aim] = 1;
            continue;
        }
        int64_t distance = room[(level - levels) * w->cells + w->cell[n]], steps = level->steps + distance;
        if (distance == UNREACHED || steps > horizon || !there[n]) continue;
        double earned = level->earned + utility[n] * powers[steps];
        int64_t first = levels->aim;
        best = better(best, earned, room[w->cell[first]], first);
        if (ends[n]) continue;
        if (taken[n]) there[n] = 0;
        level++;
        *level = (Level){w->cell[n], steps, -1, earned};
        arrive(w, there, level, horizon, room + (level - levels) * w->cells, queue);
    }
    *out_value = best.value, *out_steps = best.steps, *out_aim = best.aim;
}

/* Worlds one after the other: [W, C], [W, N]. */
void search_trees(int64_t worlds, const World *first, const double *utility, const uint8_t *ends, const uint8_t *taken,
                  const int32_t *starts, int64_t horizon, double discount, int16_t *room, int32_t *queue,
                  double *out_value, int64_t *out_steps, int64_t *out_aim) {
    World w = *first;
    for (int64_t i = 0; i < worlds; i++) {
        search_tree(&w, utility, ends, taken, starts[i], horizon, discount, room, queue, out_value + i, out_steps + i,
                    out_aim + i);
        w.content += w.cells, w.cell += w.objects, utility += w.objects;
    }
}
