"""Reference values for convex problems of one layer, by a route of its own.

Standard library only. Nothing of the library's method is used: no duals, no singular values, no classes treated alike. The
network's own objective, in the factors W (K × r), H (r × classes) and the bias, is minimised by BFGS from several starts, in
floats; with r = min(K, classes) every local minimum is global.

    python3 convex.py > convex.json        writes the random problems that tests/reference.rs reads
"""

import json
import random
from fractions import Fraction
from math import exp, fsum, log, sqrt


def objective(problem, x):
    """The objective and its gradient at x = (W by rows, H by columns, b)."""
    k, n, ω = problem["outputs"], problem["counts"], problem["class_weights"]
    g, r, total = len(n), problem["rank"], sum(problem["counts"])
    λ_w, λ_h, λ_b = problem["weight"], problem["features"], problem["bias_weight"]
    w, h, b = x[:k * r], x[k * r:(k + g) * r], x[(k + g) * r:]
    grad = [λ_w * v for v in w]
    grad += [λ_h * n[c] * v for c in range(g) for v in h[c * r:(c + 1) * r]]
    grad += [λ_b * v for v in b]
    terms = [λ_w / 2 * v * v for v in w] + [λ_h * n[c] / 2 * v * v for c in range(g) for v in h[c * r:(c + 1) * r]]
    terms += [λ_b / 2 * v * v for v in b]
    for c in range(g):
        own, share = h[c * r:(c + 1) * r], n[c] * ω[c] / total
        z = [fsum(w[j * r + i] * own[i] for i in range(r)) + (b[j] if b else 0.0) for j in range(k)]
        s = problem["targets"][c]
        if problem["loss"] == "mse":
            terms += [share / 2 * (z[j] - s[j]) ** 2 for j in range(k)]
            e = [share * (z[j] - s[j]) for j in range(k)]
        else:
            δ, ι = problem["logit_scale"][c], problem["logit_shift"][c]
            a = [δ[j] * z[j] + ι[j] for j in range(k)]
            top = max(a)
            p = [exp(v - top) for v in a]
            whole = fsum(p)
            terms.append(share * (log(whole) + fsum(s[j] * (top - a[j]) for j in range(k))))
            e = [share * δ[j] * (p[j] / whole - s[j]) for j in range(k)]
        for j in range(k):
            for i in range(r):
                grad[j * r + i] += e[j] * own[i]
                grad[(k + c) * r + i] += e[j] * w[j * r + i]
            if b:
                grad[(k + g) * r + j] += e[j]
    return fsum(terms), grad


def dot(x, y):
    return fsum(map(lambda a, b: a * b, x, y))


def bfgs(f, x, steps=3000):
    """Inverse BFGS with a line search by bisection for the weak Wolfe conditions."""
    size = len(x)
    inverse = [[float(i == j) for j in range(size)] for i in range(size)]
    value, grad = f(x)
    for step in range(steps):
        direction = [-dot(row, grad) for row in inverse]
        slope = dot(direction, grad)
        if slope > -1e-30:
            break
        low, high, t = 0.0, float("inf"), 1.0
        for _ in range(60):
            trial = [a + t * d for a, d in zip(x, direction)]
            new, new_grad = f(trial)
            if new > value + 1e-4 * t * slope:
                high = t
            elif dot(new_grad, direction) < 0.9 * slope:
                low = t
            else:
                break
            t = (low + high) / 2 if high < float("inf") else 2 * t
        else:
            if new > value:
                break
        s, y = [a - b for a, b in zip(trial, x)], [a - b for a, b in zip(new_grad, grad)]
        x, value, grad = trial, new, new_grad
        sy = dot(s, y)
        if sy <= 1e-300:
            continue
        hy = [dot(row, y) for row in inverse]
        factor = (1 + dot(y, hy) / sy) / sy
        for i in range(size):
            row, si, hi = inverse[i], s[i], hy[i]
            for j in range(size):
                row[j] += factor * si * s[j] - (hi * s[j] + si * hy[j]) / sy
        if dot(grad, grad) < 1e-26:
            break
    return value, dot(grad, grad)


def solve(problem, dice):
    k, g = problem["outputs"], len(problem["counts"])
    size = (k + g) * problem["rank"] + (k if problem["bias"] == "last-layer" else 0)
    runs = [bfgs(lambda x: objective(problem, x), [dice.gauss(0, 0.5) for _ in range(size)]) for _ in range(3)]
    best, rest = min(runs)
    agreeing = sum(1 for value, _ in runs if abs(value - best) <= 1e-12 * (1e-3 + abs(best)))
    return best, rest, agreeing


def floats(problem):
    def value(x):
        return [value(y) for y in x] if isinstance(x, list) else float(Fraction(x))
    k, g = len(problem["targets"][0]), len(problem["counts"])
    return {"outputs": k, "rank": min(k, g), "loss": problem["loss"], "bias": problem["bias"], "counts": problem["counts"],
            "targets": value(problem["targets"]), "class_weights": value(problem["class_weights"]) or [1.0] * g,
            "logit_scale": value(problem["logit_scale"]) or [[1.0] * k] * g,
            "logit_shift": value(problem["logit_shift"]) or [[0.0] * k] * g,
            "weight": value(problem["weight"]), "features": value(problem["features"]),
            "bias_weight": value(problem["bias_weight"] or "0")}


def random_problem(dice):
    k, g = dice.choice([(2, 2), (3, 3), (3, 3), (4, 4), (3, 5), (2, 6), (4, 3), (1, 4)])
    loss = dice.choice(["ce", "ce", "mse"]) if k > 1 else "mse"
    counts = [dice.choice([1, 2, 3, 5, 8, 20, 50, 100]) for _ in range(g)]
    if dice.random() < 0.3:
        counts = [counts[0]] * g

    def number(*choices):
        return dice.choice(choices)

    if loss == "mse":
        targets = [[str(Fraction(dice.randint(-8, 8), dice.choice([1, 2, 3, 5]))) for _ in range(k)] for _ in range(g)]
    elif k == g and dice.random() < 0.5:
        α = dice.choice([Fraction(0), Fraction(1, 10), Fraction(1, 3)])
        targets = [[str((1 - α) * (i == j) + α / k) for i in range(k)] for j in range(k)]
    else:
        raw = [[dice.choice([0, 1, 1, 2, 5]) for _ in range(k)] for _ in range(g)]
        raw = [row if any(row) else [1] * k for row in raw]
        targets = [[str(Fraction(x, sum(row))) for x in row] for row in raw]
    bias = dice.choice(["none", "last-layer", "last-layer"])
    problem = {"counts": counts, "targets": targets, "loss": loss, "bias": bias,
               "bias_weight": number("1/10", "1/100", "2", "1/1000") if bias == "last-layer" and dice.random() < 0.6 else None,
               "class_weights": [number("1", "2", "1/2", "1/3", "5") for _ in range(g)] if dice.random() < 0.5 else [],
               "logit_shift": [], "logit_scale": []}
    if loss == "ce":
        if dice.random() < 0.4:
            column = [number("0", "1", "-1/2", "2", "1/3") for _ in range(k)]
            problem["logit_shift"] = [column] * g
        if dice.random() < 0.4:
            shared = dice.random() < 0.5
            column = [number("1", "1/2", "3/2", "2") for _ in range(k)]
            problem["logit_scale"] = [column if shared else [number("1", "1/2", "3/2", "2") for _ in range(k)] for _ in range(g)]
    if loss == "mse" and not problem["class_weights"] and not problem["bias_weight"]:
        problem["class_weights"] = [number("2", "1/2", "1/3", "5") for _ in range(g)]
    # Λ N² from far below to somewhat above where everything vanishes.
    total = sum(counts)
    size = dice.choice([1e-4, 1e-3, 1e-2, 3e-2, 0.1, 0.3]) * sqrt(max(counts)) / total
    ratio = dice.choice([0.25, 1.0, 3.0])
    problem["weight"], problem["features"] = (str(Fraction(f"{x:.2g}")) for x in (size * ratio, size / ratio))
    return problem


def main():
    dice, rows = random.Random(15), []
    while len(rows) < 120:
        problem = random_problem(dice)
        best, rest, agreeing = solve(floats(problem), dice)
        if agreeing >= 2 and rest < 1e-18 and best > 1e-9:  # at 0 the infimum may not be attained
            rows.append({**problem, "objective": repr(best)})
    print("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]")


if __name__ == "__main__":
    main()
