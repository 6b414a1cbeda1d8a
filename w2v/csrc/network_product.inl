/* Of a network: matrix products, our own in tiles of registers, large ones by BLAS. */

#define PANEL (2 * LANES) /* columns of a tile; with TILE rows its sums fill 12 of 16 registers */
#define TILE 6

/* A (rows, columns) matrix whose element (i, j) is at start[i * row + j * column]. */
typedef struct {
    const REAL *start;
    int64_t row, column;
} NAME(matrix);
#define MATRIX NAME(matrix)

/* mt rows of C += or = A times a panel of B; mt is a constant where this is called. */
static INLINE void NAME(tile)(int64_t k, const REAL *a, int64_t row, int64_t column,
                              const REAL *panel, REAL *C, int64_t stride, int64_t columns,
                              int add, const int mt) {
    const VEC zero = {0};
    VEC left[TILE], right[TILE];
    for (int i = 0; i < mt; i++) left[i] = right[i] = zero;
    for (int64_t p = 0; p < k; p++, a += column, panel += PANEL) {
        const VEC b0 = *(const VEC *)panel, b1 = *(const VEC *)(panel + LANES);
        UNROLL for (int i = 0; i < mt; i++) {
            const REAL x = a[i * row];
            left[i] += b0 * x;
            right[i] += b1 * x;
        }
    }
    UNROLL for (int i = 0; i < mt; i++, C += stride) {
        REAL sums[PANEL];
        memcpy(sums, &left[i], sizeof(VEC));
        memcpy(sums + LANES, &right[i], sizeof(VEC));
        if (columns == PANEL) {
            for (int j = 0; j < PANEL; j++) C[j] = add ? C[j] + sums[j] : sums[j];
        } else {
            for (int64_t j = 0; j < columns; j++) C[j] = add ? C[j] + sums[j] : sums[j];
        }
    }
}

/* C (m, n) = or += A (m, k) B (k, n). Each sum runs over k in order, whatever m and n are. */
static void NAME(own_product)(REAL *scratch, int64_t m, int64_t n, int64_t k, MATRIX A, MATRIX B,
                              REAL *C, int64_t stride, int add) {
    for (int64_t j = 0; j < n; j += PANEL) {
        const int64_t columns = n - j < PANEL ? n - j : PANEL;
        const REAL *b = B.start + j * B.column;
        if (columns < PANEL) memset(scratch, 0, (size_t)(k * PANEL) * sizeof(REAL));
        if (B.column == 1 && columns == PANEL) {
            for (int64_t p = 0; p < k; p++)
                memcpy(scratch + p * PANEL, b + p * B.row, PANEL * sizeof(REAL));
        } else {
            for (int64_t p = 0; p < k; p++)
                for (int64_t c = 0; c < columns; c++)
                    scratch[p * PANEL + c] = b[p * B.row + c * B.column];
        }
        int64_t i = 0;
        for (; i + TILE <= m; i += TILE)
            NAME(tile)(k, A.start + i * A.row, A.row, A.column, scratch, C + i * stride + j,
                       stride, columns, add, TILE);
#define LAST(mt)                                                                                 \
    NAME(tile)(k, A.start + i * A.row, A.row, A.column, scratch, C + i * stride + j, stride,      \
               columns, add, mt)
        switch (m - i) {
            case 1: LAST(1); break;
            case 2: LAST(2); break;
            case 3: LAST(3); break;
            case 4: LAST(4); break;
            case 5: LAST(5); break;
            default: break;
        }
#undef LAST
    }
}

static void NAME(product)(const w2v_network *net, REAL *scratch, int64_t m, int64_t n, int64_t k,
                          MATRIX A, MATRIX B, REAL *C, int64_t stride, int add) {
    if (net->gemm == NULL || m * n * k < net->blas_from) {
        NAME(own_product)(scratch, m, n, k, A, B, C, stride, add);
        return;
    }
    /* Fortran's matrices are ours transposed: C' = B' A'. */
    char of_b = B.column == 1 ? 'N' : 'T', of_a = A.column == 1 ? 'N' : 'T';
    int fm = (int)n, fn = (int)m, fk = (int)k, ldc = (int)stride;
    int ldb = (int)(B.column == 1 ? B.row : B.column), least_b = B.column == 1 ? fm : fk;
    int lda = (int)(A.column == 1 ? A.row : A.column), least_a = A.column == 1 ? fk : fn;
    if (ldb < least_b) ldb = least_b; /* of a single row or column the stride says nothing */
    if (lda < least_a) lda = least_a;
    REAL one = 1, beta = add ? 1 : 0;
    net->gemm(&of_b, &of_a, &fm, &fn, &fk, &one, (void *)B.start, &ldb, (void *)A.start, &lda,
              &beta, C, &ldc);
}
