"""How whole a map is, and how well it fills the prior: measures of its codes alone."""

import numpy as np

LINK = 0.25  # units of z: codes of one digit that are nearer than this are linked
LEAST_LAND = 20  # codes: a land has more
FAR = 3.0  # units of z from the origin; exp(-FAR^2 / 2), or 1.1 %, of the prior lies beyond
CELLS = 10  # into which `unevenness` cuts either axis


def measure_map(codes: np.ndarray, labels: np.ndarray) -> dict:
    """Return the measures of a map.

    Args:
        codes: (n, 2), at least one, in units of z.
        labels: Their digits 0 to 9, (n,); a digit may be missing.

    Returns:
        `main_land`: the share in (0, 1] of codes that lie in their digit's largest group; 1 is a
        map whose every digit is in one piece. `lands`: the number of groups of more than
        LEAST_LAND codes, all digits together; 10 is best. `beyond_3`: the share in [0, 1] of codes
        farther than FAR from the origin; 0.011 under the prior. `unevenness`, see there.
    """
    groups = [group_sizes(codes[labels == digit]) for digit in np.unique(labels)]
    return {
        "main_land": float(sum(sizes.max() for sizes in groups) / len(codes)),
        "lands": sum(int(np.sum(sizes > LEAST_LAND)) for sizes in groups),
        "beyond_3": float(np.mean(np.hypot(*codes.T) > FAR)),
        "unevenness": unevenness(codes),
    }


def group_sizes(codes: np.ndarray) -> np.ndarray:
    """Return how many codes each connected group of (n, 2) has; codes nearer than LINK are linked.

    The groups are those of single-linkage clustering cut at LINK; the sizes sum to n.
    """
    from scipy.sparse import coo_array  # SciPy is slow to import
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    pairs = cKDTree(codes).query_pairs(np.nextafter(LINK, 0), output_type="ndarray")  # (links, 2)
    links = coo_array((np.ones(len(pairs), bool), pairs.T), shape=(len(codes), len(codes)))
    _, group = connected_components(links, directed=False)
    return np.bincount(group)


def unevenness(codes: np.ndarray) -> float:
    """Return how unlike the prior the codes (n, 2) are spread, in [0, 0.99].

    The plane is cut into CELLS x CELLS cells, equally likely under the prior: each coordinate goes
    through the normal cumulative distribution. The total variation distance between the codes'
    shares of the cells and equal shares is half the sum of absolute differences: the share of
    codes that would have to move. 10,000 draws from the prior give 0.04, one spot gives 0.99.
    """
    from scipy.special import ndtr  # the normal cumulative distribution; SciPy is slow to import

    column, row = np.minimum(CELLS * ndtr(codes.T), CELLS - 1).astype(int)  # far out, ndtr is 1
    shares = np.bincount(CELLS * row + column, minlength=CELLS**2) / len(codes)
    return float(0.5 * np.abs(shares - 1 / CELLS**2).sum())
