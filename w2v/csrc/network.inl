/* Training for one precision and instruction set: included by network.c; simd.h says
 * with what defined.
 * Matrices are row-major: W (units, inputs), A and D (rows of the batch, units). */

#include "simd.inl"
#include "network_math.inl"
#include "network_product.inl"
#include "network_optimisers.inl"
#include "network_small.inl"
#include "network_batch.inl"

#undef EACH_VECTOR
#undef PANEL
#undef TILE
#undef MATRIX
#undef CONSTANTS
#undef MEMORY
#undef SQRT
#undef WORKER
#undef FOR_TASKS
