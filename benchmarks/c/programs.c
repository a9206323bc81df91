/* The machine of programs: every cell of a map runs the same instructions, W worlds side by side.

   The same maps as evosim's to the last bit: arrays are framed by zeros, [rows + 2, (columns + 2) * W]. */
#include <stdlib.h>
#include <string.h>

#include "evosim.h"

enum { NOP, ADD, SUB, MUL, MAX, MIN, MASK, SCALE, CONSTANT, NMAX, NMEAN, HMAX, VMAX, FROM_NORTH, FROM_EAST, FROM_SOUTH };

static inline double settled(double value) {
    value = value > 1e3 ? 1e3 : value;
    value = value < -1e3 ? -1e3 : value;
    return fabs(value) >= 1e-300 ? value : 0.0;
}

static inline double larger(double one, double other) { return one > other ? one : other; }

#define EACH(expression) \
    for (int64_t x = 0; x < span; x++) line[x] = expression; \
    break

static void run(int16_t op, double c, const double *a, const double *b, int64_t rows, int64_t width, int64_t worlds,
                double *out) {
    int64_t span = width - 2 * worlds;
    for (int64_t row = 1; row <= rows; row++) {
        const double *p = a + row * width + worlds, *q = b + row * width + worlds;
        const double *north = p - width, *south = p + width, *west = p - worlds, *east = p + worlds;
        double *restrict line = out + row * width + worlds;
        switch (op) {
            case ADD: EACH(settled(p[x] + q[x]));
            case SUB: EACH(settled(p[x] - q[x]));
            case MUL: EACH(settled(p[x] * q[x]));
            case MAX: EACH(larger(p[x], q[x]));
            case MIN: EACH(p[x] < q[x] ? p[x] : q[x]);
            case MASK: EACH(settled(p[x] * (1.0 - q[x])));
            case SCALE: EACH(settled(p[x] * c));
            case CONSTANT: EACH(settled(c));
            case NMAX: EACH(larger(larger(north[x], south[x]), larger(west[x], east[x])));
            case NMEAN: EACH(settled(((north[x] + south[x]) + (west[x] + east[x])) * 0.25));
            case HMAX: EACH(larger(west[x], east[x]));
            case VMAX: EACH(larger(north[x], south[x]));
            case FROM_NORTH: EACH(north[x]);
            case FROM_EAST: EACH(east[x]);
            case FROM_SOUTH: EACH(south[x]);
            default: EACH(west[x]);
        }
    }
}

static int same(const double *one, const double *other, int64_t size) {
    for (int64_t begin = 0; begin < size; begin += 256) {
        int64_t end = begin + 256 < size ? begin + 256 : size, moved = 0;
        for (int64_t x = begin; x < end; x++) moved += one[x] != other[x];
        if (moved) return 0;
    }
    return 1;
}

/* Write register 0 of P programs of up to L instructions after so many thoughts, or when they are at rest, which is
   asked in the second thought, the eighth, and so on. */
void think_all(const int16_t *fields, const double *constants, const int32_t *length, int64_t programs, int64_t most,
               int64_t thoughts, int64_t registers, const double *inputs, int64_t count, int64_t rows, int64_t columns,
               int64_t worlds, double *out) {
    int64_t width = (columns + 2) * worlds, size = (rows + 2) * width;
    double *memory = calloc((2 * registers + 1) * size, sizeof(double)), *before = memory + (registers + 1) * size;
    double *place[64], *spare = memory + registers * size;
    for (int64_t i = 0; i < count; i++) place[registers + i] = (double *)inputs + i * size;
    for (int64_t p = 0; p < programs; p++) {
        memset(memory, 0, (registers + 1) * size * sizeof(double));
        spare = memory + registers * size;
        for (int64_t r = 0; r < registers; r++) place[r] = memory + r * size;
        for (int64_t thought = 1, ask = 2, rests = 0; thought <= thoughts && !rests; thought++) {
            int asks = thought == ask && ask < thoughts;
            for (int64_t r = 0; asks && r < registers; r++) memcpy(before + r * size, place[r], size * sizeof(double));
            for (int64_t i = 0; i < length[p]; i++) {
                const int16_t *at = fields + (p * most + i) * 4;
                run(at[0], constants[p * most + i], place[at[2]], place[at[3]], rows, width, worlds, spare);
                double *old = place[at[1]];
                place[at[1]] = spare, spare = old;
            }
            rests = asks;
            for (int64_t r = 0; rests && r < registers; r++) rests = same(before + r * size, place[r], size);
            ask *= asks ? 4 : 1;
        }
        memcpy(out + p * size, place[0], size * sizeof(double));
    }
    free(memory);
}
