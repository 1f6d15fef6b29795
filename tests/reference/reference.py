"""Reference values for mean-squared-error problems, by a route of its own.

Needs mpmath. Nothing of the library's method is used: the target spectrum comes from a dense symmetric
eigenvalue solver on the explicit matrix, the stationary points of each mode from bisection of the derivative,
and the choice between them from comparing values (not from a threshold formula).

    python3 reference.py > problems.json        writes the random problems that tests/reference.rs reads
"""

import json
import random
from fractions import Fraction

from mpmath import eigsy, matrix, mp, mpf, nstr, sqrt

mp.dps = 60


def real(q):
    q = Fraction(q)
    return mpf(q.numerator) / q.denominator


def seen_targets(counts, bias, targets):
    k, n = len(counts), sum(counts)
    s = targets or [[Fraction(int(i == j)) for i in range(k)] for j in range(k)]  # columns
    if bias == "none":
        return s
    mean = [sum(s[c][j] * counts[c] for c in range(k)) / Fraction(n) for j in range(k)]
    return [[s[c][j] - mean[j] for j in range(k)] for c in range(k)]


def spectrum(counts, bias, targets=None):
    """Eigenvalues of T T^T, largest first."""
    k = len(counts)
    t = seen_targets(counts, bias, targets)
    a = matrix(k, k)
    for i in range(k):
        for j in range(k):
            a[i, j] = real(sum(t[c][i] * t[c][j] * counts[c] for c in range(k)))
    values, vectors = eigsy(a)
    order = sorted(range(k), key=lambda i: -values[i])
    return [(values[i], [vectors[r, i] for r in range(k)]) for i in order]


def mode_cost(u, mu, n, depth, product):
    factors = depth + 1
    return mu * (u - 1) ** 2 / (2 * n) + mpf(factors) / 2 * product ** (mpf(1) / factors) * (
        u * sqrt(mu)
    ) ** (mpf(2) / factors)


def best_shrinkage(mu, n, depth, product):
    """The best u >= 0 of one mode: its upper stationary point or 0, whichever costs less."""
    c = product * mpf(n) ** (depth + 1) / mu**depth
    g = lambda v: v ** (depth + 1) * (1 - v) ** (depth - 1) - c
    low, high = mpf(0), mpf(depth + 1) / (2 * depth)
    if g(high) <= 0:
        return mpf(0), "none"
    for _ in range(220):
        middle = (low + high) / 2
        low, high = (middle, high) if g(middle) < 0 else (low, middle)
    u = 1 - (low + high) / 2
    better = mode_cost(u, mu, n, depth, product) < mode_cost(mpf(0), mu, n, depth, product)
    return (u, "global") if better else (mpf(0), "metastable")


def solve(counts, widths, weights, features, bias="none", targets=None):
    k, n, depth = len(counts), sum(counts), len(widths)
    product = real(features)
    for w in weights:
        product *= real(w)
    budget = min([k] + list(widths))
    total, modes, energy = mpf(0), [], []
    scale = max(v for v, _ in spectrum(counts, bias, targets))
    for mu, p in spectrum(counts, bias, targets):
        if abs(mu) < mpf(10) ** -45 * max(scale, 1):
            modes.append((mpf(0), mpf(0), "zero", p))
            continue
        u, band = best_shrinkage(mu, n, depth, product)
        if u > 0:
            if budget == 0:
                u = mpf(0)
            else:
                budget -= 1
        total += mode_cost(u, mu, n, depth, product)
        modes.append((mu, u, band, p))
    t = seen_targets(counts, bias, targets)
    last = real(weights[-1])
    h2 = real(features)
    gram = {"features": matrix(k, k), "classifier": matrix(k, k), "logits": matrix(k, k)}
    shift = [mpf(0)] * k
    if bias != "none":
        s = targets or [[Fraction(int(i == j)) for i in range(k)] for j in range(k)]
        shift = [real(sum(s[c][j] * counts[c] for c in range(k)) / Fraction(n)) for j in range(k)]
    for mu, u, _, p in modes:
        if u == 0:
            continue
        q = [sum(real(t[c][j]) * p[j] for j in range(k)) / sqrt(mu) for c in range(k)]
        e = mu * u * (1 - u) / n
        for i in range(k):
            for j in range(k):
                gram["features"][i, j] += e / h2 * q[i] * q[j]
                gram["classifier"][i, j] += e / last * p[i] * p[j]
                gram["logits"][i, j] += u * sqrt(mu) * p[i] * q[j]
    for i in range(k):
        for j in range(k):
            gram["logits"][i, j] += shift[i]
    return {"objective": total, "modes": [(m, u, b) for m, u, b, _ in modes], "gram": gram}


def text(x):
    return nstr(x, 40, strip_zeros=False, min_fixed=-60, max_fixed=60)


def random_problem(rng):
    k = rng.randint(1, 7)
    depth = rng.randint(1, 6)
    shape = rng.random()
    if shape < 0.3:
        counts = [rng.randint(1, 300)] * k
    elif shape < 0.6:
        pool = [rng.randint(1, 300) for _ in range(2)]
        counts = [rng.choice(pool) for _ in range(k)]
    else:
        counts = [rng.randint(1, 1000) for _ in range(k)]
    n = sum(counts)
    widths = [rng.choice([k, k + 3, 64, max(1, k - 1), max(1, k - 2)]) for _ in range(depth)]
    # The product at which a mode of a random class is lost, times something around 1.
    critical = Fraction(rng.choice(counts)) ** depth * (depth - 1) ** (depth - 1) / (
        Fraction(depth) ** (2 * depth) * Fraction(n) ** (depth + 1)
    )
    root = float(critical) ** (1 / (depth + 1))
    scale = rng.choice([1e-3, 0.03, 0.3, 0.9, 1.05, 1.2, 2.0])
    short = lambda x: Fraction(f"{x:.3g}")
    weights = [short(root * scale * rng.choice([0.5, 1, 1, 2])) for _ in range(depth)]
    features = short(root * scale)
    bias = rng.choice(["none", "last-layer"])
    targets = None
    kind = rng.random()
    if kind < 0.15:
        s = Fraction(rng.randint(1, 9), 10)
        targets = [[(1 - s) * (i == j) + s / k for i in range(k)] for j in range(k)]
    elif kind < 0.3:
        targets = [[Fraction(rng.randint(-9, 9), rng.randint(1, 5)) for _ in range(k)] for _ in range(k)]
    return dict(counts=counts, widths=widths, weights=weights, features=features, bias=bias, targets=targets)


def main():
    rng = random.Random(20261123)
    rows = []
    while len(rows) < 160:
        p = random_problem(rng)
        t = seen_targets(p["counts"], p["bias"], p["targets"])
        if all(x == 0 for c in t for x in c):
            continue
        answer = solve(**p)
        row = {key: p[key] for key in ("counts", "widths", "bias")}
        row["weights"] = [str(w) for w in p["weights"]]
        row["features"] = str(p["features"])
        row["targets"] = p["targets"] and [[str(x) for x in c] for c in p["targets"]]
        row["objective"] = text(answer["objective"])
        row["targets_sq"] = [text(m) for m, _, _ in answer["modes"]]
        row["shrinkage"] = [text(u) for _, u, _ in answer["modes"]]
        k = len(p["counts"])
        if k <= 4:
            row["gram"] = {
                name: [[text(m[i, j]) for j in range(k)] for i in range(k)] for name, m in answer["gram"].items()
            }
        rows.append(row)
    print(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
