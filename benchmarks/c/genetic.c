/* A generation of the genetic algorithm, as evosim makes it: tournaments, uniform crossover, Gaussian mutation.

   The same draws, and so the same offspring to the last bit. */
#include <string.h>

#include "evosim.h"

void tournament(const double *fitness, int64_t population, uint64_t key, int64_t size, int64_t count,
                int64_t *out_rows) {
    for (int64_t i = 0; i < count; i++) {
        int64_t best = below(key, i * size, population);
        for (int64_t entrant = 1; entrant < size; entrant++) {
            int64_t rival = below(key, i * size + entrant, population);
            if (fitness[rival] > fitness[best]) best = rival;
        }
        out_rows[i] = best;
    }
}

/* Pairs mate with probability `rate`, and swap each locus with probability 1/2. Words are drawn once a pair. */
void crossover(const float *genomes, const int64_t *rows, int64_t count, int64_t loci, uint64_t key, double rate,
               float *out_offspring, uint8_t *out_mated) {
    for (int64_t pair = 0; pair < count / 2; pair++) {
        const float *one = genomes + rows[2 * pair] * loci, *other = genomes + rows[2 * pair + 1] * loci;
        float *first = out_offspring + 2 * pair * loci, *second = first + loci;
        uint64_t pair_key = fold(key, pair);
        out_mated[pair] = uniform(pair_key, loci) < rate;
        if (out_mated[pair])
            for (int64_t locus = 0; locus < loci; locus++) {
                int swaps = uniform(pair_key, locus) < 0.5;
                first[locus] = swaps ? other[locus] : one[locus];
                second[locus] = swaps ? one[locus] : other[locus];
            }
        else {
            memcpy(first, one, loci * sizeof(float));
            memcpy(second, other, loci * sizeof(float));
        }
    }
    if (count % 2) memcpy(out_offspring + (count - 1) * loci, genomes + rows[count - 1] * loci, loci * sizeof(float));
}

/* Each locus moves with its `rate` by a normal step of standard deviation `step`, reflected at its bounds. */
void mutate(float *genomes, int64_t count, int64_t loci, uint64_t key, const double *low, const double *high,
            const double *rate, const double *step) {
    for (int64_t row = 0; row < count; row++) {
        uint64_t row_key = fold(key, row);
        float *genome = genomes + row * loci;
        for (int64_t locus = 0; locus < loci; locus++)
            if (uniform(row_key, locus) < rate[locus]) {
                double moved = genome[locus] + step[locus] * normal(fold(row_key, locus), 0);
                genome[locus] = (float)reflect(moved, low[locus], high[locus]);
            }
    }
}
