/* Random walks on a graph, biased as in node2vec (Grover and Leskovec 2016).
 *
 * A step draws an edge by its weight and takes it by rejection (as KnightKing does, Yang and others
 * 2019): exact, and without tables for pairs of nodes. A walk depends on the seed and its number
 * alone, so any thread may make it. Knows nodes by number. All memory is the caller's.
 */
#ifndef W2V_WALKS_H
#define W2V_WALKS_H

#include "draws.h"

typedef struct {
    int64_t nodes;
    const int64_t *starts;   /* (nodes + 1,): the edges of node i are starts[i] .. starts[i + 1] */
    const int32_t *targets;  /* (edges,) ascending within a node */
    const w2v_alias *tables; /* (edges,) a node's edges by weight; NULL: all weigh the same */
    const float *shares;     /* (edges,) of an edge's weight among those of its node; or NULL */
} w2v_graph;

typedef struct {
    double back, far; /* 1 / p and 1 / q: what the edge to the node before, and one that leads away
                       * from its neighbours, counts beside one that leads to a neighbour */
    int64_t length;   /* nodes of a walk */
    uint64_t seed;
} w2v_walking;

/* Fill tables and shares from weights above 0. The work arrays have room for the edges of the node
 * that has most. */
void w2v_fill_tables(const int64_t *starts, int64_t nodes, const double *weights, uint64_t *parts,
                     int32_t *work, uint32_t *threshold, int32_t *alias, w2v_alias *tables,
                     float *shares);

/* Write n walks, (n, length), from the nodes given; the first has this number. A walk that comes to
 * a node without edges ends there, and -1 follows. */
void w2v_walk(const w2v_graph *graph, const w2v_walking *walking, const int32_t *from, int64_t n,
              int64_t first_number, int32_t *walks);

#endif
