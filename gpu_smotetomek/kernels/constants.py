"""Sizes that Python and CUDA C++ share. This is the only place that sets them: `source` defines each one in every kernel text."""

# Packed layout and search
TILE_ROWS = 128  # rows of a tile, and queries of a block
QUERIES_PER_WARP = 16
SEARCH_THREADS = 32 * TILE_ROWS // QUERIES_PER_WARP  # of a block
BOX_GROUP = 32  # boxes that lie side by side: one for each lane of a warp
MAX_K = 16  # entries of a list in the search kernels

# float16 fragments for tensor cores
FRAGMENT_ROWS = 8
STEP_FEATURES = 16  # features that one instruction multiplies

# k-d order
MAX_NODE_ROWS = 4096  # rows of a node that one block can sort
MAX_BLOCK_LEVELS = 8  # levels that one block can split

# Float64 kernels
PAIR_TILE = 16  # a block computes the distances of PAIR_TILE x PAIR_TILE pairs
TOPK_QUERIES = 8  # queries of a block, and its warps
TOPK_THREADS = 32 * TOPK_QUERIES
MAX_FLOAT64_K = 32  # entries of a list in the float64 kernels
PROJECT_ROWS = 8  # rows of a block, and its warps
