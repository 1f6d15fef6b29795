"""The second checker on a stream, for tests/internal/checkers.rs.

Standard input: the length of a case and of a certificate, four bytes each with the high one first, then their bytes; again
and again. Standard output: for each pair a line of three columns with tabs between: the answer with its reason, the problem
as the case was read, and the milliseconds of the processor that it took.
"""

import struct
import sys
from fractions import Fraction
from time import process_time

import audit


def reading(problem):
    """The problem in one line, as the program's own checker writes it."""
    def join(values):
        return ",".join(map(str, values))

    def matrix(matrix):
        if matrix.columns is None:
            return "too fine"
        return ";".join(join(Fraction(x, matrix.unit) for x in column) for column in matrix.columns)

    targets = "one-hot" if problem.targets is None else matrix(problem.targets)
    if problem.moments:
        targets = f"covariance {targets}"
    for name, part in (("class_weights", problem.class_weights), ("logit_shift", problem.shift), ("logit_scale", problem.scale)):
        if part:
            targets += f" {name} {matrix(part)}"
    if problem.bias_weight is not None:
        targets += f" bias_weight {problem.bias_weight}"
    loss, bias = ("ce" if problem.cross_entropy else "mse"), ("last-layer" if problem.bias else "none")
    return (f"counts {join(problem.counts)} widths {join(problem.widths)} loss {loss} bias {bias} "
            f"weights {join(problem.weights[:-1])} features {problem.weights[-1]} targets {targets}")


def answer(case, certificate):
    try:
        problem = audit.Problem(case)
    except audit.Incomplete:
        return "incomplete", "-"
    try:
        audit.audit(certificate, case)
    except audit.Rejected as rejection:
        return f"rejected {rejection.reason}", reading(problem)
    except audit.Incomplete:
        return "incomplete", reading(problem)
    return "accepted", reading(problem)


def main():
    pipe = sys.stdin.buffer
    while header := pipe.read(8):
        case_length, certificate_length = struct.unpack(">II", header)
        case, certificate = pipe.read(case_length), pipe.read(certificate_length)
        begin = process_time()
        word, read = answer(case, certificate)
        print(f"{word}\t{read}\t{1000 * (process_time() - begin):.0f}", flush=True)


if __name__ == "__main__":
    main()
