#!/usr/bin/env python3
"""What others need for the same optimum, side by side in one run. Needs numpy and scipy; torch, if it is there, is a peer too.

    cargo build --release && python3 tests/bench/peers.py target/release/tightframe docs/performance.md

Every peer minimises the problem that our runs do, the exact reduction of all samples to class directions and deviations, from
the same kind of start, until the objective is within a relative gap of the proven optimum. L-BFGS-B is given the smaller
problem on class columns as well, which is what is best for it where features of a class are known to meet. The published
protocol is gradient descent on all samples for at most 30,000 steps, by hand in NumPy and as it is written with torch: layers,
automatic derivatives and an optimiser, in double precision. Our time is that of the whole process: reading, prediction, proof
and training. Times are medians.
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
import scipy
from scipy.integrate import solve_ivp
from scipy.optimize import minimize

try:
    import torch
except ImportError:
    torch = None

PROGRAM = Path(sys.argv[1]).resolve()
GAP = 1e-10
SETTINGS = {
    "M = 3, d = 64": dict(counts=[200, 100, 50, 50], widths=[64] * 3, weight=5e-4, init=0.1),
    "M = 3, d = 512": dict(counts=[500, 300, 200, 100, 80, 60, 50, 40, 30, 20], widths=[512] * 3, weight=2e-4, init=0.05),
    "K = 100, d = 256": dict(counts=[20 + k % 7 for k in range(100)], widths=[256] * 2, weight=1e-4, init=0.05),
}


class Problem:
    """Mean squared error without a bias: class columns are weighted by the roots of the counts; deviations have no target."""

    def __init__(self, counts, widths, weight, init, deviations):
        self.counts, self.weight, self.init = np.array(counts, float), weight, init
        k, d = len(counts), widths[0]
        more = min(d, sum(counts) - k) if deviations else 0
        shapes = [(d, k + more)] + [(b, a) for a, b in zip(widths, widths[1:] + [k])]
        self.shapes, self.ends = shapes, np.cumsum([0] + [a * b for a, b in shapes])
        self.target, self.samples = np.zeros((k, k + more)), self.counts.sum()
        self.target[:, :k] = np.diag(np.sqrt(self.counts))

    def start(self, seed):
        # Class means of N independent samples, times the roots of the counts: the same standard deviation.
        random = np.random.default_rng(seed)
        x = random.normal(0, self.init, self.ends[-1])
        (d, columns), k = self.shapes[0], len(self.counts)
        if columns > k:
            # Any factor with the Gram matrix of the deviations.
            all_of_them = random.normal(0, self.init, (d, int(self.samples) - k))
            self.factors(x)[0][:, k:] = np.linalg.qr(all_of_them.T, mode="r").T
        return x

    def factors(self, x):
        return [x[a:b].reshape(s) for a, b, s in zip(self.ends, self.ends[1:], self.shapes)]

    def __call__(self, x):
        factors = self.factors(x)
        forward = [factors[0]]
        for w in factors[1:]:
            forward.append(w @ forward[-1])
        error = (forward[-1] - self.target) / self.samples
        loss = self.samples / 2 * np.sum(error * error) + self.weight / 2 * (x @ x)
        gradient = np.empty_like(x)
        back = error
        for i in range(len(factors) - 1, -1, -1):
            own = back @ forward[i - 1].T if i > 0 else back
            gradient[self.ends[i] : self.ends[i + 1]] = (own + self.weight * factors[i]).ravel()
            back = factors[i].T @ back
        return loss, gradient


class Reached(Exception):
    pass


def watched(problem, optimum):
    """The objective, which ends its peer when it is near enough; and how often it was asked."""
    asked = [0]

    def call(x):
        value, gradient = problem(x)
        asked[0] += 1
        if value <= optimum * (1 + GAP):
            raise Reached
        return value, gradient

    return call, asked


def timed(run):
    begin = time.perf_counter()
    try:
        run()
        reached = False
    except Reached:
        reached = True
    return time.perf_counter() - begin, reached


def lbfgs(problem, optimum, seed):
    call, asked = watched(problem, optimum)
    options = dict(maxiter=10**6, maxfun=10**6, ftol=0, gtol=0, maxcor=10)
    seconds, reached = timed(lambda: minimize(call, problem.start(seed), jac=True, method="L-BFGS-B", options=options))
    return seconds, reached, asked[0]


def rk45(problem, optimum, seed):
    call, asked = watched(problem, optimum)
    right = lambda _, x: -call(x)[1]
    seconds, reached = timed(lambda: solve_ivp(right, (0, 100 / problem.weight), problem.start(seed), rtol=1e-3, atol=1e-6))
    return seconds, reached, asked[0]


def published(problem, optimum, seed):
    """Learning rate 0.1, momentum 0.9, 30,000 steps, every sample with a feature of its own."""
    labels = np.repeat(np.arange(len(problem.counts)), problem.counts.astype(int))
    n = len(labels)
    target = np.eye(len(problem.counts))[:, labels]
    random = np.random.default_rng(seed)
    factors = [random.normal(0, problem.init, (problem.shapes[0][0], n))]
    factors += [random.normal(0, problem.init, shape) for shape in problem.shapes[1:]]
    speed = [np.zeros_like(f) for f in factors]
    begin, reached = time.perf_counter(), False
    for step in range(1, 30_001):
        forward = [factors[0]]
        for w in factors[1:]:
            forward.append(w @ forward[-1])
        back = (forward[-1] - target) / n
        if step % 100 == 0:
            value = n / 2 * np.sum(back * back) + problem.weight / 2 * sum(np.sum(f * f) for f in factors)
            if value <= optimum * (1 + GAP):
                reached = True
                break
        gradients = [None] * len(factors)
        for i in range(len(factors) - 1, -1, -1):
            own = back @ forward[i - 1].T if i > 0 else back
            gradients[i] = own + problem.weight * factors[i]
            back = factors[i].T @ back
        for f, v, g in zip(factors, speed, gradients):
            v *= 0.9
            v += g
            f -= 0.1 * v
    return time.perf_counter() - begin, reached, step


class Layers:
    """All samples' features and the layers as torch has them, with the objective of the paper."""

    def __init__(self, problem, seed):
        torch.manual_seed(seed)
        labels = torch.repeat_interleave(torch.arange(len(problem.counts)), torch.tensor(problem.counts, dtype=torch.long))
        self.target = torch.nn.functional.one_hot(labels).double().T
        shapes = [(problem.shapes[0][0], len(labels))] + problem.shapes[1:]
        self.factors = [torch.nn.Parameter(problem.init * torch.randn(shape, dtype=torch.double)) for shape in shapes]
        self.weight = problem.weight

    def objective(self):
        out = self.factors[0]
        for w in self.factors[1:]:
            out = w @ out
        loss = torch.sum((out - self.target) ** 2) / (2 * self.target.shape[1])
        return loss + self.weight / 2 * sum(torch.sum(f**2) for f in self.factors)


def torch_published(problem, optimum, seed):
    layers = Layers(problem, seed)
    optimizer = torch.optim.SGD(layers.factors, lr=0.1, momentum=0.9)
    begin, reached = time.perf_counter(), False
    for step in range(1, 30_001):
        optimizer.zero_grad()
        objective = layers.objective()
        objective.backward()
        optimizer.step()
        if step % 100 == 0 and objective.item() <= optimum * (1 + GAP):
            reached = True
            break
    return time.perf_counter() - begin, reached, step


def torch_lbfgs(problem, optimum, seed):
    layers, asked = Layers(problem, seed), [0]
    optimizer = torch.optim.LBFGS(
        layers.factors,
        max_iter=100_000,
        max_eval=200_000,
        history_size=10,
        tolerance_grad=0,
        tolerance_change=0,
        line_search_fn="strong_wolfe",
    )

    def closure():
        asked[0] += 1
        optimizer.zero_grad()
        objective = layers.objective()
        if objective.item() <= optimum * (1 + GAP):
            raise Reached
        objective.backward()
        return objective

    seconds, reached = timed(lambda: optimizer.step(closure))
    return seconds, reached, asked[0]


def ours(setting):
    case = "\n".join(
        [
            "[network]",
            f"counts = {setting['counts']}",
            f"widths = {setting['widths']}",
            'loss = "mse"',
            'bias = "none"',
            "[regularization]",
            f"weights = {setting['weight']}",
            f"features = {setting['weight']}",
            "[training]",
            "seeds = [1]",
            f"init = {setting['init']}",
            f"tolerance = {GAP}",
            "",
        ]
    )
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
        file.write(case)
        file.flush()
        begin = time.perf_counter()
        done = subprocess.run([PROGRAM, "verify", file.name, "--format", "json"], capture_output=True, text=True)
        whole = time.perf_counter() - begin
    found = json.loads(done.stdout)
    run = next(run for run in found["runs"] if run["start"] == "random")
    return whole, run, float(found["objective"]["value"])


def main():
    rows = []
    for name, setting in SETTINGS.items():
        same, smaller = Problem(**setting, deviations=True), Problem(**setting, deviations=False)
        answers = [ours(setting) for _ in range(5)]
        whole, run = median([a[0] for a in answers]), answers[0][1]
        own = median([a[1]["seconds"] for a in answers])
        optimum = answers[0][2]
        rows.append((name, "tightframe, whole process (prediction and two runs)", whole, True, "", whole))
        rows.append((name, "tightframe, one run", own, run["relative_gap"] <= GAP, run["gradient_evaluations"], whole))
        peers = [("SciPy L-BFGS-B", lbfgs, same, 3), ("SciPy L-BFGS-B, class columns only", lbfgs, smaller, 3)]
        if same.ends[-1] < 20_000:
            peers += [("SciPy RK45", rk45, same, 1), ("published protocol, NumPy", published, same, 1)]
            if torch:
                peers += [("torch L-BFGS", torch_lbfgs, same, 3), ("published protocol, torch", torch_published, same, 1)]
        for peer, method, problem, times in peers:
            found = [method(problem, optimum, seed) for seed in range(1, times + 1)]
            near = sum(f[1] for f in found)
            rows.append((name, peer, median([f[0] for f in found]), near == times, found[0][2], whole))
            print(name, peer, found, flush=True)
        print(name, "ours", whole, own, run["gradient_evaluations"], run["relative_gap"], flush=True)
    table = ["| setting | who | seconds | times our whole process | gradients | reached |", "|---|---|---|---|---|---|"]
    for name, who, seconds, reached, count, whole in rows:
        ratio = f"{seconds / whole:.1f}" if not who.startswith("tightframe, whole") else "1"
        table.append(f"| {name} | {who} | {seconds:.3g} | {ratio} | {count} | {'yes' if reached else 'no'} |")
    with_torch = f", torch {torch.__version__}" if torch else ""
    machine = f"{processor()}, {os.cpu_count()} cores; Python {platform.python_version()}, NumPy {np.__version__}, SciPy {scipy.__version__}{with_torch}"
    text = "\n".join(table)
    print(text, machine, sep="\n\n")
    if len(sys.argv) > 2:
        page = Path(sys.argv[2])
        old = page.read_text()
        begin, end = "<!-- peers.py -->\n", "<!-- end -->"
        head, rest = old.split(begin)
        page.write_text(f"{head}{begin}\n{text}\n\nMeasured on {machine}.\n\n{end}{rest.split(end)[1]}")


def processor():
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []:
        if line.startswith("model name"):
            return line.split(":")[1].strip()
    return platform.processor()


main()
