"""Reference values for the mean squared error with targets of any shape: the singular values of the matrix itself.

Needs mpmath. Modes are solved as in reference.py: by bisection of the derivative, and chosen by comparing costs.

    python3 rectangular.py > rectangular.json        writes the random problems that tests/reference.rs reads
"""

import json
import random
from fractions import Fraction

from mpmath import matrix, mpf, sqrt, svd_r

from reference import best_shrinkage, mode_cost, real, text


def singular_values(counts, bias, columns):
    """Of the columns √n (s − mean), largest first, with as many zeros as outputs need."""
    k, g, n = len(columns[0]), len(counts), sum(counts)
    mean = [Fraction(0)] * k
    if bias != "none":
        mean = [sum(c[j] * m for c, m in zip(columns, counts)) / Fraction(n) for j in range(k)]
    t = matrix(k, max(g, k))
    for c in range(g):
        for j in range(k):
            t[j, c] = real(columns[c][j] - mean[j]) * sqrt(mpf(counts[c]))
    return sorted(svd_r(t, compute_uv=False), reverse=True)


def random_problem(rng):
    k, g, depth = rng.randint(1, 6), rng.randint(1, 9), rng.randint(1, 5)
    counts = [rng.choice([1, 1, 2, 3, 10, 50, 300]) for _ in range(g)]
    columns = [[Fraction(rng.randint(-20, 20), rng.randint(1, 7)) for _ in range(k)] for _ in range(g)]
    if rng.random() < 0.2:  # of low rank
        columns = [[x * (j + 1) for x in [columns[0][0] + c] for j in range(k)] for c in range(g)]
    bias, n = rng.choice(["none", "last-layer"]), sum(counts)
    y = [x for x in singular_values(counts, bias, columns) if x > 1e-9]
    if not y:
        return None
    mu = Fraction(f"{float(rng.choice(y)) ** 2:.3g}")
    critical = mu ** depth * (depth - 1) ** (depth - 1) / (Fraction(depth) ** (2 * depth) * Fraction(n) ** (depth + 1))
    root = float(critical) ** (1 / (depth + 1)) * rng.choice([1e-3, 0.03, 0.3, 0.9, 1.2])
    widths = [rng.choice([k, k + 3, 64, max(1, k - 1)]) for _ in range(depth)]
    weights = [Fraction(f"{root * rng.choice([0.5, 1, 2]):.3g}") for _ in range(depth)]
    return dict(counts=counts, columns=columns, bias=bias, widths=widths, weights=weights, features=Fraction(f"{root:.3g}"))


def solve(p):
    n, depth = sum(p["counts"]), len(p["widths"])
    product = real(p["features"])
    for w in p["weights"]:
        product *= real(w)
    budget, total, kept = min([len(p["columns"][0]), *p["widths"]]), mpf(0), []
    values = singular_values(p["counts"], p["bias"], p["columns"])
    for y in values:
        mu = y ** 2
        if mu < mpf(10) ** -45 * values[0] ** 2:
            kept.append(mpf(0))
            continue
        u = best_shrinkage(mu, n, depth, product)[0]
        if u > 0:
            budget, u = budget - 1, u if budget > 0 else mpf(0)
        total += mode_cost(u, mu, n, depth, product)
        kept.append(u)
    return total, [y ** 2 for y in values], kept


def main():
    rng, rows = random.Random(20261127), []
    while len(rows) < 120:
        p = random_problem(rng)
        if p is None:
            continue
        total, targets_sq, shrinkage = solve(p)
        rows.append({
            "counts": p["counts"], "widths": p["widths"], "bias": p["bias"],
            "weights": [str(w) for w in p["weights"]], "features": str(p["features"]),
            "targets": [[str(x) for x in c] for c in p["columns"]],
            "objective": text(total), "targets_sq": [text(m) for m in targets_sq], "shrinkage": [text(u) for u in shrinkage],
        })
    print("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]")


if __name__ == "__main__":
    main()
