#!/usr/bin/env python3
"""An independent checker of certificates of tightframe, in the standard library of Python 3.11.

It was written from docs/certificate.md alone and shares no code with the program. It reads the problem from the
case, treats everything in the certificate as a hint, and answers

    accepted | rejected  <reason> | incomplete  <what>

    python3 audit.py CERT --case CASE        exit code 0 / 1 / 3, and 2 for unreadable files and wrong usage
    python3 audit.py --batch                 lines CERT<TAB>CASE from standard input, one answer a line

No floating point: integers and fractions are exact, exponentials and logarithms are enclosed in fixed point. Sections
in comments are those of the page.
"""

import hashlib
import os
import re
import sys
from fractions import Fraction
from functools import cache, lru_cache
from itertools import combinations_with_replacement, pairwise, permutations
from math import gcd, isqrt, lcm, prod
from operator import mul

sys.set_int_max_str_digits(0)

MAX_DOCUMENT = 16 << 20
MAX_CASE = 8 << 20
MAX_TARGETS_FILE = 16 << 20
MAX_PLACES = 4096
MAX_CLASSES = 100_000
MAX_DENSE = 64
MAX_NUMBERS = 1_000_000
MAX_LAYERS = 64
MAX_COUNT = 10 ** 12
MAX_EXPONENT = 10_000
MAX_DISTINCT = (20_000, 1_000)  # counts, without a bias and with one
MAX_ITEMS = 100_000
MAX_WEIGHT = 1 << 24
FINEST = 1 << 15
MAX_WORK = 500_000_000
SERIES = 4_000
LOGARITHM = 600
ENDLESS = (1 << 64) - 1  # bits of a matrix that is too fine


class Rejected(Exception):
    """A condition of section 4 or 5 fails; `reason` is its name in brackets."""

    def __init__(self, reason, at, found, needed):
        super().__init__(reason)
        self.reason, self.at, self.found, self.needed = reason, at, found, needed


class Incomplete(Exception):
    """The case uses something that a checker need not read."""


def require(condition, reason, at, found, needed):
    if not condition:
        raise Rejected(reason, at, found, needed)


def show(value):
    """A value for a message, of bounded length."""
    if isinstance(value, Fraction) and max(value.numerator.bit_length(), value.denominator.bit_length()) > 4096:
        return "(a number of more than 1,000 digits)"
    if isinstance(value, (list, tuple)) and len(value) <= 8:
        return "[" + ", ".join(show(v) for v in value) + "]"
    text = "".join(c if c.isprintable() else "?" for c in str(value))
    return text if len(text) <= 100 else text[:97] + "..."


# ---- 1. Numbers and the document -------------------------------------------------------------------------------------

DECIMAL = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?(?:e(-?)([0-9]+))?")
RATIO = re.compile(r"(-?[0-9]+)/([0-9]+)")


def number(text, longest=2000, largest=1000):
    """The number that `text` writes in the syntax of section 1, or None."""
    if len(text) > longest:
        return None
    if match := RATIO.fullmatch(text):
        top, bottom = int(match[1]), int(match[2])
        return Fraction(top, bottom) if bottom else None
    match = DECIMAL.fullmatch(text)
    if not match:
        return None
    exponent = int(match[5] or "0")
    if exponent > largest:
        return None
    digits, decimals = int(match[2] + (match[3] or "")), len(match[3] or "")
    scale = (-exponent if match[4] else exponent) - decimals
    value = Fraction(digits * 10 ** scale) if scale >= 0 else Fraction(digits, 10 ** -scale)
    return -value if match[1] else value


class Reader:
    """Pulls the tokens of the one accepted form of a document; anything else is `malformed`."""

    SPACE = re.compile(r"[ \t\n\r]*")
    STRING = re.compile(r'"([^"\\\x00-\x1f]*)"')
    WHOLE = re.compile(r"0|[1-9][0-9]*")

    def __init__(self, data):
        if len(data) > MAX_DOCUMENT:
            raise Rejected("malformed", "document", f"{len(data)} bytes", f"at most {MAX_DOCUMENT}")
        try:
            self.text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise Rejected("malformed", f"byte {error.start}", "bytes that are not UTF-8", "UTF-8") from None
        self.at = 0
        self.weight = 0

    def weigh(self, size):
        self.weight += 16 + size
        if self.weight > MAX_WEIGHT:
            self.fail("numbers and lists of a smaller total size")

    def fail(self, needed, at=None):
        at = self.at if at is None else at
        raise Rejected("malformed", f"character {at}", repr(self.text[at:at + 24]), needed)

    def space(self):
        self.at = self.SPACE.match(self.text, self.at).end()

    def token(self, pattern, needed):
        self.space()
        match = pattern.match(self.text, self.at)
        if not match:
            self.fail(needed)
        self.at = match.end()
        return match

    def mark(self, mark):
        """Consumes `mark` if it is next."""
        self.space()
        if self.text.startswith(mark, self.at):
            self.at += len(mark)
            return True
        return False

    def expect(self, mark):
        if not self.mark(mark):
            self.fail(f"`{mark}`")

    def string(self, words=None):
        at = self.at
        value = self.token(self.STRING, "a string without escapes")[1]
        if words is not None and value not in words:
            self.fail(" or ".join(f'"{word}"' for word in words), at)
        return value

    def whole(self):
        at = self.at
        digits = self.token(self.WHOLE, "a whole number")[0]
        if len(digits) > 18:
            self.fail("at most 18 digits", at)
        return int(digits)

    def number(self):
        at = self.at
        text = self.string()
        exponent = text.partition("e")[2].lstrip("-")
        self.weigh(len(text) + (int(exponent) if exponent.isascii() and exponent.isdigit() and len(exponent) <= 2000 else 0))
        value = number(text)
        if value is None:
            self.fail("a number", at)
        return value

    def pair(self):
        self.expect("[")
        low = self.number()
        self.expect(",")
        high = self.number()
        self.expect("]")
        require(low <= high, "ends", f"the pair before character {self.at}", (low, high), "the lower end first")
        return low, high

    def list(self, item):
        self.expect("[")
        self.weigh(0)
        items = []
        if self.mark("]"):
            return items
        while True:
            items.append(item())
            if self.mark("]"):
                return items
            self.expect(",")

    def key(self, name, first=False):
        self.expect("{" if first else ",")
        self.string([name])
        self.expect(":")

    def end(self):
        self.space()
        if self.at != len(self.text):
            self.fail("the end of the document")


class Matrix:
    """Columns of fractions as integers over one denominator, `unit`; `bits` of the largest of them. None if it is too fine."""

    __slots__ = ("columns", "unit", "bits")

    def __init__(self, columns):
        self.columns, self.unit, self.bits = None, 1, ENDLESS
        for column in columns:
            for value in column:
                rest = self.unit % value.denominator
                if rest:
                    self.unit *= value.denominator // gcd(rest, value.denominator)
                if self.unit.bit_length() > FINEST:
                    return
        self.fill([[value.numerator * (self.unit // value.denominator) for value in column] for column in columns])

    def fill(self, columns):
        self.columns = columns
        self.bits = max([self.unit.bit_length(), *(x.bit_length() for column in columns for x in column)])

    def first(self):
        return self.columns[0] if self.columns else []

    def has_shape(self, number, length):
        return len(self.columns) == number and all(len(column) == length for column in self.columns)


class Mode:
    """One entry of `modes`; [a, b] encloses the squared target and [p, q] the shrinkage."""

    def __init__(self, reader, index):
        self.at = f"modes[{index}]"
        reader.key("target_sq", first=True)
        self.a, self.b = reader.pair()
        reader.key("multiplicity")
        self.multiplicity = reader.whole()
        reader.key("fate")
        self.fate = reader.string()
        if self.fate not in ("kept", "collapsed", "cut", "tie"):
            raise Rejected("fate", self.at, show(self.fate), "kept, collapsed, cut or tie")
        reader.key("kept")
        self.kept = reader.whole()
        reader.key("shrinkage")
        self.p, self.q = reader.pair()
        reader.expect("}")
        self.threshold_tie = False


class Certificate:
    """The document of section 1 or 5, read completely; its hash and its statement are compared with the case's on the way."""

    def __init__(self, data, case_hash, problem):
        reader = Reader(data)
        reader.key("format", first=True)
        reader.string(["tightframe.certificate/1"])
        reader.key("case_sha256")
        at = reader.at
        found = reader.string()
        if not re.fullmatch("[0-9a-f]{64}", found):
            reader.fail("64 lower-case hexadecimal digits", at)
        require(found == case_hash, "other-case", "case_sha256", found, case_hash)
        if problem.targets_hash:
            reader.key("targets_sha256")
            at = reader.at
            found = reader.string()
            if not re.fullmatch("[0-9a-f]{64}", found):
                reader.fail("64 lower-case hexadecimal digits", at)
            require(found == problem.targets_hash, "other-case", "targets_sha256", found, problem.targets_hash)
        reader.key("claim")
        reader.key("statement", first=True)
        self.statement = reader.string(list(STATEMENTS))
        fits, needed, claim, *steps = STATEMENTS[self.statement]
        require(fits(problem), "statement", "statement", self.statement, f"a statement about the case's problem, not {needed}")
        claim(self, reader)
        reader.expect("}")
        reader.key("proof")
        reader.expect("[")
        for i, step in enumerate(steps):
            if i:
                reader.expect(",")
            step(self, reader)
        reader.expect("]")
        reader.expect("}")
        reader.end()

    def read_claim(self, reader):
        reader.key("optimum")
        self.optimum = reader.string()
        reader.key("objective")
        self.objective = reader.pair()
        reader.key("price")
        self.price = reader.pair()
        reader.key("zero_targets")
        self.zero_targets = reader.whole()
        reader.key("modes")
        self.modes = []
        reader.list(lambda: self.modes.append(Mode(reader, len(self.modes))))
        self.target_ends = Matrix([[m.a for m in self.modes], [m.b for m in self.modes]])
        self.root_ends = Matrix([[m.p for m in self.modes], [m.q for m in self.modes]])

    def read_spectrum(self, reader):
        reader.key("step", first=True)
        self.spectrum = reader.string(["counts", "secular", "congruence"])
        if self.spectrum == "secular":
            reader.key("places")
            self.places = reader.whole()
        elif self.spectrum == "congruence":
            def vector():
                return Matrix([reader.list(reader.number)])
            reader.key("vectors")
            self.vectors = Matrix(reader.list(lambda: reader.list(reader.number)))
            reader.key("points")
            self.points = reader.list(reader.pair)
            reader.key("null")
            self.null = reader.list(lambda: reader.list(vector))
        reader.expect("}")

    def read_budget(self, reader):
        reader.key("step", first=True)
        self.budget = reader.string(["slack", "cut", "split"])
        if self.budget == "cut":
            reader.key("root")
            self.root = reader.pair()
            reader.key("price")
            self.cut_price = reader.number()
        reader.expect("}")

    def read_objective(self, reader):
        reader.key("objective")
        self.objective = reader.pair()

    def read_convex(self, reader):
        self.read_objective(reader)
        self.merged = []
        if reader.mark(","):
            reader.string(["merged"])
            reader.expect(":")
            self.merged = reader.list(lambda: reader.list(reader.whole))

    def read_refutation(self, reader):
        reader.key("frame_at_least")
        self.frame_at_least = reader.number()
        reader.key("network_at_most")
        self.network_at_most = reader.number()

    def read_dual(self, reader):
        reader.key("step", first=True)
        reader.string(["dual"])
        reader.key("plan")
        self.plan = Matrix(reader.list(lambda: reader.list(reader.number)))
        reader.key("weights")
        self.weights = Matrix([reader.list(reader.number)])
        reader.key("columns")
        self.columns = Matrix(reader.list(lambda: reader.list(reader.number)))
        reader.expect("}")

    def read_frame(self, reader):
        reader.key("step", first=True)
        reader.string(["frame"])
        reader.key("low")
        self.low = reader.number()
        reader.key("high")
        self.high = reader.number()
        reader.expect("}")

    def read_point(self, reader):
        reader.key("step", first=True)
        reader.string(["point"])
        reader.key("bias")
        self.point_bias = Matrix([reader.list(reader.number)])
        reader.key("factors")
        self.factors = reader.list(lambda: Matrix(reader.list(lambda: reader.list(reader.number))))
        reader.expect("}")


    def read_pulls(self, reader):
        reader.key("pull")
        self.pulls = reader.pair()

    def read_pull(self, reader):
        reader.key("pull")
        self.pulls = (reader.number(),) * 2

    def read_enclosure(self, reader):
        self.read_pull(reader)
        self.read_objective(reader)

    def read_refuted_enclosure(self, reader):
        self.read_pull(reader)
        reader.key("frame_at_least")
        self.frame_at_least = reader.number()
        self.read_objective(reader)

    def read_ball(self, reader):
        reader.key("step", first=True)
        reader.string(["ball"])
        self.ball = []
        for name in ("low", "high", "scale", "radius"):
            reader.key(name)
            self.ball.append(reader.number())
        reader.expect("}")

    def read_tree(self, reader):
        reader.key("step", first=True)
        reader.string(["tree"])
        reader.key("top")
        self.top = reader.number()
        reader.key("places")
        at = reader.at
        self.places = reader.whole()
        if self.places > 18:
            reader.fail("at most 18 places", at)
        reader.key("nodes")

        def entry():
            reader.weigh(0)
            return reader.whole()

        def node():
            reader.space()
            if reader.text.startswith("[", reader.at):
                return reader.list(entry)
            reader.weigh(0)
            return reader.string(NODE_WORDS)
        self.nodes = reader.list(node)
        reader.expect("}")


# What a node may say, besides a plan.
NODE_WORDS = ["1", "2", "3", "01", "02", "03", "12", "13", "23", "order", "heavy", "ball", "zero"]


def three_or_four(problem):
    """Equal counts with three or four classes."""
    return equal_counts(problem) and problem.classes in (3, 4)


def equal_counts(problem):
    """At least two layers and classes, all counts equal."""
    return (problem.cross_entropy and problem.layers >= 2 and problem.classes >= 2 and len(set(problem.counts)) == 1
            and problem.plain)


# A statement: the problems of which it speaks, also in words, and the readers of its claim and its steps.
STATEMENTS = {
    "mse-optimum": (lambda p: not p.cross_entropy and p.plain_terms, "mean squared error without further terms",
                    Certificate.read_claim, Certificate.read_spectrum, Certificate.read_budget),
    "ce-optimum": (lambda p: p.cross_entropy and p.layers == 1, "cross-entropy with one layer",
                   Certificate.read_convex, Certificate.read_dual, Certificate.read_point),
    "mse-layer-optimum": (lambda p: not p.cross_entropy and not p.plain_terms and p.layers == 1,
                          "mean squared error with one layer and further terms",
                          Certificate.read_objective, Certificate.read_dual, Certificate.read_point),
    "ce-frame-refuted": (lambda p: equal_counts(p) and p.rank >= p.classes - 1, "deep and balanced cross-entropy with room",
                         Certificate.read_refutation, Certificate.read_frame, Certificate.read_point),
    "ce-two-classes": (lambda p: equal_counts(p) and p.classes == 2, "deep cross-entropy with two classes of equal counts",
                       Certificate.read_objective, Certificate.read_frame, Certificate.read_point),
    "deep-ce-frame-optimal": (lambda p: three_or_four(p) and p.rank >= p.classes - 1, "deep, three or four equal classes with room",
                              Certificate.read_pulls, Certificate.read_ball, Certificate.read_tree),
    "deep-ce-zero-optimal": (three_or_four, "deep cross-entropy with three or four classes of equal counts",
                             Certificate.read_pull, Certificate.read_tree),
    "deep-ce-enclosure": (three_or_four, "deep cross-entropy with three or four classes of equal counts",
                          Certificate.read_enclosure, Certificate.read_tree, Certificate.read_point),
    "deep-ce-frame-refuted": (lambda p: three_or_four(p) and p.rank >= p.classes - 1, "deep, three or four equal classes with room",
                              Certificate.read_refuted_enclosure, Certificate.read_tree, Certificate.read_frame,
                              Certificate.read_point),
}


# ---- 3. The case -----------------------------------------------------------------------------------------------------


# Sections with their keys and what stands under each; "" is the part before headings.
LOSSES, BIASES = ("mse", "ce"), ("none", "last-layer")
VERDICTS, OPTIMA = ("verified", "refuted", "undecided"), ("unique", "tie", "rank-tie", "zero", "undecided")
SECTIONS = {
    "": ("title", "source"),
    "network": ("counts", "widths", "loss", "bias", "smoothing", "targets", "covariance", "samples", "class_weights",
                "logit_shift", "logit_scale", "features"),
    "regularization": ("weights", "features", "bias", "loss_scale"),
    "training": ("run", "seeds", "init", "tolerance", "evaluations"),
    "measured": ("files", "features", "labels", "head", "bias", "transposed", "features_are", "rest", "free", "outcome",
                 "gap"),
    "expect": ("verdict", "theorem", "objective", "etf", "optimum", "shrinkage", "kept", "attained"),
}


class Toml:
    """The part of TOML of section 3. `tables[heading][key]` is a pair (kind, content)."""

    CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)")
    SPACE = re.compile(r"[ \t]*(?:#[^\n\r]*)?")
    NEWLINE = re.compile(r"\r?\n")
    HEADING = re.compile(r"\[([a-z]+)\]")
    CLAIM = re.compile(r"\[\[claim\]\]")
    KEY = re.compile(r"([a-z_]+)[ \t]*=[ \t]*")
    STRINGS = [re.compile(r'"([^"\\\n]*)"'), re.compile(r"'([^'\\\n]*)'")]
    BARE = re.compile(r"[A-Za-z0-9.-]+")
    NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]+)?(?:e(?:-[0-9]+|([0-9]+)))?")

    def __init__(self, text):
        self.text, self.at = text, 0
        if match := self.CONTROL.search(text):
            self.at = match.start()
            self.stop("a character that is read")
        known, table = SECTIONS[""], {}
        self.tables = {"": table}
        self.blank_lines()
        claim = False
        while self.at < len(text):
            repeated = self.take(self.CLAIM)
            match = repeated or self.take(self.HEADING)
            if match:
                self.claim_ends(claim, table)
                claim, table = bool(repeated), {}
                if claim:
                    known = ("id", "text")
                elif match[1] in SECTIONS and match[1] not in self.tables:
                    known, self.tables[match[1]] = SECTIONS[match[1]], table
                else:
                    raise Incomplete(f"heading `{show(match[1])}`")
            elif match := self.take(self.KEY):
                if match[1] not in known or match[1] in table:
                    raise Incomplete(f"key `{show(match[1])}`")
                table[match[1]] = self.value()
            else:
                self.stop("a heading or a key")
            self.line_end()
            self.blank_lines()
        self.claim_ends(claim, table)

    @staticmethod
    def claim_ends(claim, table):
        if claim and (len(table) != 2 or any(kind != "string" for kind, _ in table.values())):
            raise Incomplete("a claim without the texts `id` and `text`")

    def stop(self, needed):
        line = self.text.count("\n", 0, self.at) + 1
        raise Incomplete(f"line {line} of the case: {show(self.text[self.at:self.at + 24])!r} is not {needed}")

    def take(self, pattern):
        match = pattern.match(self.text, self.at)
        if match:
            self.at = match.end()
        return match

    def line_end(self):
        self.take(self.SPACE)
        if self.at < len(self.text) and not self.take(self.NEWLINE):
            self.stop("the end of a line")

    def blank_lines(self):
        """Skips blanks, comments and ends of lines."""
        self.take(self.SPACE)
        while self.take(self.NEWLINE):
            self.take(self.SPACE)

    def scalar(self):
        for pattern in self.STRINGS:
            if match := self.take(pattern):
                return "string", match[1]
        at = self.at
        if match := self.take(self.BARE):
            if match[0] in ("true", "false"):
                return "boolean", match[0]
            parts = self.NUMBER.fullmatch(match[0])
            if parts and (parts[1] is None or len(parts[1]) <= 2000 and int(parts[1]) <= 250):
                return "number", match[0]
        self.at = at
        self.stop("a value")

    def value(self):
        """A scalar, or a list of scalars and lists of scalars."""
        if not self.text.startswith("[", self.at):
            return self.scalar()
        self.at += 1
        lists, items = [[]], 0
        comma = True  # an item or the end may follow
        while True:
            self.blank_lines()
            mark = self.text[self.at:self.at + 1]
            if mark == "]":
                self.at += 1
                done = ("list", lists.pop())
                if not lists:
                    return done
                lists[-1].append(done)
                comma = False
                continue
            if mark == "," and not comma:
                self.at += 1
                comma = True
                continue
            if not comma:
                self.stop("`,` or `]`")
            items += 1
            if items > MAX_ITEMS:
                self.stop("one of 100,000 items")
            if mark == "[" and len(lists) == 1:
                self.at += 1
                lists.append([])
            else:
                lists[-1].append(self.scalar())
                comma = False


class Problem:
    """What the case asks, within the limits of section 3."""

    def __init__(self, data, files=lambda name: None):
        if len(data) > MAX_CASE:
            raise Incomplete("the case is longer than 8 MiB")
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            raise Incomplete("the case is not UTF-8") from None
        tables = Toml(text).tables
        self.network, self.regularization = tables.get("network", {}), tables.get("regularization", {})
        for section, table in tables.items():
            others = self.MEASURED if section == "measured" else self.OTHERS
            for key, value in table.items():
                if key in others and not others[key](self, *value):
                    raise Incomplete(f"`{key}`")
        if "measured" in tables and "files" not in tables["measured"]:
            raise Incomplete("`files`")
        expect = tables.get("expect", {})
        if (expect.get("verdict") == ("string", "refuted")) != ("theorem" in expect):
            raise Incomplete("`theorem`")
        self.cross_entropy = self.word("loss", LOSSES) == "ce"
        self.bias = self.word("bias", BIASES) == "last-layer"
        self.read_sizes()
        self.read_weights()
        self.read_targets(files)
        self.read_terms()
        classes = self.outputs if self.moments else self.classes
        self.rank = min(self.outputs, classes, *self.widths)
        self.plain = self.plain_terms and self.targets is None
        if "features" in self.network and not (
                self.network["features"] == ("string", "nonnegative") and self.plain and not self.bias
                and (self.layers == 1 or not self.cross_entropy) and min(self.widths) >= self.outputs):
            raise Incomplete("features")
        # Under the mean squared error the optimum is the same without the condition.
        self.nonnegative = "features" in self.network and self.cross_entropy

    def word(self, name, words):
        content = self.entry(self.network, name, "string")
        if content not in words:
            raise Incomplete(f"`{name}`")
        return content

    @staticmethod
    def entry(table, name, kind):
        found, content = table.get(name, ("missing", None))
        if found != kind:
            raise Incomplete(f"`{name}` is not a {kind}")
        return content

    @staticmethod
    def whole(text, limit, least=1):
        """A whole number up to `limit`, without zeros before it."""
        if not re.fullmatch("0|[1-9][0-9]{0,18}", text) or not least <= int(text) <= limit:
            raise Incomplete(f"{show(text)} is not a whole number from {least} to {limit}")
        return int(text)

    @staticmethod
    def rational(value):
        """A number, bare or in a string."""
        kind, text = value
        found = number(text, 1000, 400) if kind in ("number", "string") else None
        if found is None:
            raise Incomplete(f"{show(text)} is not a number")
        return found

    # What is not needed is read all the same: the program would refuse the case for it.

    def is_text(self, kind, content):
        return kind == "string"

    def is_word(*words):
        return lambda self, kind, content: kind == "string" and content in words

    def is_number(self, kind, content):
        return bool(self.rational((kind, content))) or True

    def is_positive(self, kind, content):
        return self.rational((kind, content)) > 0

    def is_tolerance(self, kind, content):
        return 0 < self.rational((kind, content)) < 1

    def is_whole(least, most):
        return lambda self, kind, content: kind == "number" and self.whole(content, most, least) >= least

    def is_list_of_seeds(self, kind, content):
        if kind != "list" or not content or any(kind != "number" for kind, _ in content):
            return False
        return len({self.whole(text, 10 ** 18, 0) for _, text in content}) == len(content)

    def is_list_of_numbers(self, kind, content):
        return kind == "list" and all(kind == "string" and self.is_number(kind, text) for kind, text in content)

    def is_truth(self, kind, content):
        return kind == "boolean"

    def is_texts(self, kind, content):
        return kind == "string" or kind == "list" and content and all(kind == "string" for kind, _ in content)

    MEASURED = {
        "files": is_texts, "head": is_texts, "features": is_text, "labels": is_text, "bias": is_text,
        "transposed": is_truth, "rest": is_truth, "free": is_truth, "features_are": is_word("rows", "columns"),
        "outcome": is_word("global", "best-known", "local-minimum", "saddle", "not-converged"), "gap": is_positive,
    }
    OTHERS = {
        "title": is_text, "source": is_text, "theorem": is_text, "run": is_truth,
        "seeds": is_list_of_seeds, "init": is_positive, "tolerance": is_tolerance, "evaluations": is_whole(1, 10 ** 8),
        "verdict": is_word(*VERDICTS), "optimum": is_word(*OPTIMA), "objective": is_number, "etf": is_number,
        "shrinkage": is_list_of_numbers, "kept": is_whole(0, 10 ** 18),
        "attained": is_whole(0, 10 ** 18),
    }

    def read_counts(self):
        self.counts = []
        for kind, text in self.entry(self.network, "counts", "list"):
            times = "1"
            if kind == "string" and text.count("*") == 1:
                text, times = text.split("*")
            elif kind not in ("number", "string"):
                raise Incomplete("counts")
            times = self.whole(times, MAX_CLASSES)
            if len(self.counts) + times > MAX_CLASSES:
                raise Incomplete("more than 100,000 classes")
            self.counts += [self.whole(text, MAX_COUNT)] * times
        if not self.counts:
            raise Incomplete("no classes")

    def read_sizes(self):
        self.counts, widths = None, []
        if "counts" in self.network:
            self.read_counts()
        for kind, text in self.entry(self.network, "widths", "list"):
            if kind != "number":
                raise Incomplete("widths")
            widths.append(self.whole(text, MAX_COUNT))
        if not 1 <= len(widths) <= MAX_LAYERS:
            raise Incomplete("no layers or more than 64 layers")
        self.layers, self.widths = len(widths), widths

    def read_weights(self):
        weights = self.regularization.get("weights", ("missing", None))
        if weights[0] == "list":
            weights = [self.rational(weight) for weight in weights[1]]
            if len(weights) != self.layers:
                raise Incomplete("weights: one for each width is needed")
        else:
            weights = [self.rational(weights)] * self.layers
        weights.append(self.rational(self.regularization.get("features", ("missing", None))))
        self.loss_scale = self.rational(self.regularization["loss_scale"]) if "loss_scale" in self.regularization else 1
        if min(weights) <= 0 or self.loss_scale <= 0:
            raise Incomplete("regularisation that is not positive")
        weights = [weight / self.loss_scale for weight in weights]
        self.weights = weights  # of the layers, then of the features
        self.penalty = (prod(w.numerator for w in weights), prod(w.denominator for w in weights))  # Λ

    def read_targets(self, files):
        """`targets`: the target of each class by columns, the second moment of all if `moments`, or None if they are one-hot."""
        self.targets, self.moments, self.targets_hash = None, False, None
        smoothing, columns = self.network.get("smoothing"), self.network.get("targets")
        if "covariance" in self.network:
            if smoothing or columns or self.cross_entropy:
                raise Incomplete("covariance")
            self.read_moments()
        elif "samples" in self.network or smoothing and columns:
            raise Incomplete("samples without covariance, or smoothing and targets")
        elif columns:
            self.read_columns(columns, files)
        elif self.counts is None:
            raise Incomplete("counts")
        elif smoothing:
            self.read_smoothing(self.rational(smoothing))
        self.classes, self.samples = len(self.counts), sum(self.counts)
        self.outputs = len(self.targets.columns or ()) if self.moments else self.outputs_of_columns
        if len(set(self.counts)) > MAX_DISTINCT[self.bias]:
            raise Incomplete("too many distinct counts")

    @property
    def outputs_of_columns(self):
        return self.classes if self.columns_read is None else len(self.columns_read[0])

    columns_read = None

    def lists(self, table, name):
        """Lists of numbers, all of one length from 1 to 64."""
        lists = self.entry(table, name, "list")
        if any(kind != "list" for kind, _ in lists):
            raise Incomplete(f"`{name}`: lists of numbers are needed")
        lists = [[self.rational(value) for value in column] for _, column in lists]
        if not lists or len({len(column) for column in lists}) != 1:
            raise Incomplete(f"`{name}`: lists of one length are needed")
        return lists

    def read_moments(self):
        moments = self.lists(self.network, "covariance")
        k = len(moments)
        if k > MAX_DENSE or len(moments[0]) != k or any(moments[i][j] != moments[j][i] for i in range(k) for j in range(i)):
            raise Incomplete("covariance: a symmetric matrix is needed")
        if "samples" in self.network:
            if self.counts is not None:
                raise Incomplete("samples and counts")
            self.counts = [self.whole(self.entry(self.network, "samples", "number"), MAX_COUNT)]
        elif self.counts is None or len(self.counts) != 1:
            raise Incomplete("samples")
        self.targets, self.moments, self.columns_read = Matrix(moments), True, moments
        if self.targets.columns is None:
            raise Incomplete("covariance: numbers that are too fine")

    def read_smoothing(self, s):
        k = len(self.counts)
        if not 0 <= s < 1:
            raise Incomplete("smoothing")
        if s == 0:
            return
        if k > MAX_DENSE:
            raise Incomplete("more than 64 classes are smoothed")
        self.targets = Matrix([])
        self.targets.unit = k * s.denominator
        top = s.numerator
        self.targets.fill([[top + (k * (s.denominator - top) if i == j else 0) for i in range(k)] for j in range(k)])
        self.columns_read = self.targets.columns

    def read_columns(self, value, files):
        if value[0] == "string":
            name = value[1]
            data = files(name) if TableFile.is_name(name) else None
            if data is None:
                raise Incomplete("the file of targets")
            columns = TableFile(name, data).rows
            self.targets_hash = hashlib.sha256(data).hexdigest()
        else:
            columns = self.lists(self.network, "targets")
        if self.counts is None:
            self.counts = [1] * len(columns)
        k = len(columns[0])
        if len(columns) != len(self.counts) or not 1 <= k <= MAX_DENSE or k * len(columns) > MAX_NUMBERS or len(columns) > MAX_CLASSES:
            raise Incomplete("targets: one list of K numbers a class is needed")
        self.targets, self.columns_read = Matrix(columns), columns
        if self.cross_entropy and any(min(column) < 0 or sum(column) != self.targets.unit
                                      for column in self.targets.columns or ()):
            raise Incomplete("targets that are no probabilities, with cross-entropy")

    def read_terms(self):
        """What differs from the plain loss; a part that would change nothing is None."""
        self.class_weights = self.shift = self.scale = self.bias_weight = None
        if "class_weights" in self.network:
            weights = [self.rational(value) for value in self.entry(self.network, "class_weights", "list")]
            if len(weights) != self.classes or min(weights) <= 0 or self.moments:
                raise Incomplete("class_weights")
            if any(weight != 1 for weight in weights):
                self.class_weights = Matrix([weights])
        for name in ("logit_shift", "logit_scale"):
            if name not in self.network:
                continue
            value = self.entry(self.network, name, "list")
            if not value or not self.cross_entropy:
                raise Incomplete(name)
            if value[0][0] == "list":
                lists = self.lists(self.network, name)
            else:
                if len(value) * self.classes > MAX_NUMBERS:
                    raise Incomplete(name)
                lists = [[self.rational(x) for x in value]] * self.classes
            if len(lists) != self.classes or len(lists[0]) != self.outputs:
                raise Incomplete(name)
            if name == "logit_scale" and min(map(min, lists)) <= 0:
                raise Incomplete(name)
            if any(x != (name == "logit_scale") for column in lists for x in column):
                setattr(self, name[6:], Matrix(lists))
        if "bias" in self.regularization:
            self.bias_weight = self.rational(self.regularization["bias"]) / self.loss_scale
            if self.bias_weight <= 0 or not self.bias:
                raise Incomplete("bias")
        self.plain_terms = self.class_weights is None and self.shift is None and self.scale is None and self.bias_weight is None

    def terms_bits(self):
        parts = [m.bits for m in (self.class_weights, self.shift, self.scale) if m]
        return min(sum(parts) + (size(self.bias_weight) if self.bias_weight else 0), ENDLESS)

    def target_columns(self):
        """Targets by columns and their denominator, one-hot ones written out."""
        if self.targets is None:
            return [[int(i == j) for i in range(self.classes)] for j in range(self.classes)], 1
        return self.targets.columns, self.targets.unit

    def class_weight(self, i):
        """A class's weight over `weight_unit`."""
        return self.class_weights.columns[0][i] if self.class_weights else 1

    @property
    def weight_unit(self):
        return self.class_weights.unit if self.class_weights else 1


class TableFile:
    """A file of targets: a sample a row, as text or as an array of NumPy."""

    NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")
    NUMBER = re.compile(r"([+-]?)([0-9]+(?:\.[0-9]+)?)(?:[eE]([+-]?)([0-9]+))?")
    INFINITE = re.compile(r"[+-]?(?:nan|inf)", re.IGNORECASE)
    HEADER = re.compile(rb"\{'descr':'<f([48])','fortran_order':(True|False),'shape':\(([0-9]{1,9}),([0-9]{1,9})?\),\}")

    @classmethod
    def is_name(cls, name):
        return len(name) <= 200 and bool(cls.NAME.fullmatch(name)) and name.endswith((".csv", ".npy"))

    def __init__(self, name, data):
        if len(data) > MAX_TARGETS_FILE:
            raise Incomplete("a file of targets of more than 16 MiB")
        self.rows = self.array(data) if name.endswith(".npy") else self.text(data)
        if not self.rows or len({len(row) for row in self.rows}) != 1:
            raise Incomplete("a file of targets without rows of one length")
        self.fits(len(self.rows), len(self.rows[0]))

    @staticmethod
    def fits(rows, columns):
        if not 1 <= columns <= MAX_DENSE or rows > MAX_CLASSES or rows * columns > MAX_NUMBERS:
            raise Incomplete("a file of targets with too many numbers")

    def text(self, data):
        try:
            lines = data.decode("utf-8").split("\n")
        except UnicodeDecodeError:
            raise Incomplete("a file of targets that is not UTF-8") from None
        rows = []
        for at, line in enumerate(lines):
            if not line.strip(" \t\r"):
                continue
            fields = [field.strip(" \t\r") for field in line.split(",")]
            if at == 0 and not any(self.NUMBER.fullmatch(field) or self.INFINITE.fullmatch(field) for field in fields):
                continue
            rows.append([self.field(field) for field in fields])
        return rows

    def field(self, text):
        parts = self.NUMBER.fullmatch(text)
        value = None
        if parts:
            minus, down = ("-" if part == "-" else "" for part in (parts[1], parts[3]))
            if len(parts[4] or "") <= 2000:
                value = number(f"{minus}{parts[2]}e{down}{parts[4] or 0}", 1000, 400)
        if value is None:
            raise Incomplete(f"a field of the targets: {show(text)}")
        return value

    def array(self, data):
        version = data[6:8]
        if data[:6] != b"\x93NUMPY" or version not in (b"\x01\x00", b"\x02\x00", b"\x03\x00"):
            raise Incomplete("an array that is not read")
        begin = 10 if version[0] == 1 else 12
        end = begin + int.from_bytes(data[8:begin], "little")
        header = self.HEADER.fullmatch(re.sub(rb"[ \t\n\r\x0c]", b"", data[begin:end])) if len(data) >= end else None
        if not header:
            raise Incomplete("an array that is not read")
        width, rows, columns = int(header[1]), int(header[3]), int(header[4] or 1)
        self.fits(rows, columns)
        if len(data) - end != rows * columns * width:
            raise Incomplete("an array of another size")
        values = [self.float(int.from_bytes(data[i:i + width], "little"), width) for i in range(end, len(data), width)]
        if header[2] == b"True":
            return [values[i::rows] for i in range(rows)]
        return [values[i:i + columns] for i in range(0, len(values), columns)]

    @staticmethod
    def float(bits, width):
        digits, bias = (52, 1075) if width == 8 else (23, 150)
        fraction, exponent, negative = bits % (1 << digits), bits >> digits & (1 << 8 * width - 1 - digits) - 1, bits >> 8 * width - 1
        if exponent == (1 << 8 * width - 1 - digits) - 1:
            raise Incomplete("a target that is not finite")
        top = (fraction + (1 << digits) if exponent else fraction) * (-1 if negative else 1)
        shift = max(exponent, 1) - bias
        return Fraction(top << shift) if shift >= 0 else Fraction(top, 1 << -shift)


# ---- 6. Work ---------------------------------------------------------------------------------------------------------


def words(bits):
    return -(-bits // 64)


def product(a, b):
    """The cost of a product of integers of so many bits."""
    return words(max(a, b)) * isqrt(words(min(a, b))) + 16


def quotient(a, b):
    return words(a) * words(b) + 16


def size(*values):
    """Bits of the longest of some fractions."""
    return max((v.numerator.bit_length() + v.denominator.bit_length() for v in values), default=0)


def work(problem, certificate):
    """What it costs to test every condition of a document."""
    if certificate.statement == "mse-optimum":
        return spectrum_work(problem, certificate) + modes_work(problem, certificate)
    if certificate.statement in ("ce-optimum", "mse-layer-optimum"):
        return dual_work(problem, certificate) + point_work(problem, certificate)
    tree = tree_work(problem, certificate) if certificate.statement.startswith("deep-ce-") else 0
    if certificate.statement in ("deep-ce-frame-optimal", "deep-ce-zero-optimal"):
        return tree
    return tree + point_work(problem, certificate)


def tree_work(problem, certificate):
    k, ends = problem.classes, len(set(certificate.pulls))
    power = (problem.layers + 1) * (size(certificate.top) + 128)
    terms = quotient(power + size(*certificate.pulls), power) + 200
    plans = sum(isinstance(node, list) for node in certificate.nodes)
    words = sum(isinstance(node, str) and not node.isdigit() for node in certificate.nodes)
    plan = k ** 2 * LOGARITHM + (3 if k == 3 else 35) * (ends + 1) * k * 50 + 2 * (k - 1) * ends * terms
    return 300 * len(certificate.nodes) + plans * plan + words * (1000 + 2 * (k - 1) * ends * product(power, power))


def spectrum_work(problem, certificate):
    if certificate.spectrum == "secular" and problem.targets is None:
        return secular_work(problem, certificate)
    if certificate.spectrum == "congruence" and problem.targets is not None:
        return congruence_work(problem, certificate)
    return 0


def secular_work(problem, certificate):
    counts = set(problem.counts)
    groups, total = len(counts), 0
    for mode in certificate.modes:
        bits = size(mode.a, mode.b)
        if mode.a != mode.b:
            total += 2 * groups * quotient(certificate.places + bits, bits)
        elif mode.a not in counts:
            total += groups * quotient(bits + 160, bits) + 4 * product(160 * groups, 160 * groups)
    return total


def congruence_work(problem, certificate):
    k, samples, x = problem.outputs, problem.samples.bit_length(), certificate.vectors.bits
    seen = problem.targets.bits + samples + 1
    a = 2 * seen + samples + 8
    point = size(*(t for pair in certificate.points for t in pair), *(t for m in certificate.modes for t in (m.a, m.b)))
    total = k ** 2 * max(k, problem.classes) * product(seen, seen) + 3 * k ** 3 * product(x, x + a)
    total += 4 * k ** 2 * len(certificate.points) * product(2 * x + a + 16, point)
    for vector in (v for vectors in certificate.null for v in vectors):
        total += k ** 2 * product(a, vector.bits) + 4 * k * product(a + vector.bits, point)
    return total


def modes_work(problem, certificate):
    m, modes = problem.layers, certificate.modes
    common = (m + 1) * problem.samples.bit_length() + 1024 + sum(part.bit_length() for part in problem.penalty)

    def compared(mu, u):
        bits = m * (2 * u + mu) + common
        return 12 * product(bits, bits)

    total = sum(compared(size(mode.a, mode.b), size(mode.p, mode.q)) for mode in modes)
    if certificate.budget == "cut":
        total += compared(max((size(mode.a, mode.b) for mode in modes), default=0), size(*certificate.root))
    return total + 8 * len(modes) * product(certificate.target_ends.bits, 2 * certificate.root_ends.bits)


def dual_work(problem, certificate):
    k, classes, weight = problem.outputs, problem.classes, sum(part.bit_length() for part in problem.penalty)
    x, w, c = certificate.plan.bits, certificate.weights.bits, certificate.columns.bits
    distinct = set(problem.counts)
    common = sum(n.bit_length() for n in distinct) if classes > k else 0
    squares, explained, side = x + 40, 2 * c + w + common, min(k, classes)
    if not problem.plain:
        squares += (problem.targets.bits if problem.targets else 1) + problem.terms_bits()

    def filled(matrix):
        return [sum(1 for value in column if value) for column in matrix.columns or ()]

    total = side * k * classes * product(squares, squares)
    total += sum(n * n for n in filled(certificate.columns)) * product(c + w, c)
    total += side ** 2 * (product(2 * squares, explained + weight) + product(explained, 2 * squares + weight))
    if common:
        total += k ** 2 * len(distinct) * product(2 * squares, common)
    return total + sum(filled(certificate.plan)) * (SERIES + quotient(x, 1024))


def point_work(problem, certificate):
    k, classes, logits, total = problem.outputs, problem.classes, 0, 0
    for factor in certificate.factors:
        numbers = sum(len(column) for column in factor.columns or ())
        total += numbers * (product(factor.bits, factor.bits) + classes * product(logits, factor.bits))
        logits += factor.bits + 32
    logits += certificate.point_bias.bits
    if not problem.plain:
        logits += (problem.targets.bits if problem.targets else 1) + problem.terms_bits()
        total += k * classes * product(logits, logits)
    return total + k * classes * (SERIES + quotient(logits, 1024))


# ---- 4. The spectrum step --------------------------------------------------------------------------------------------


def check_spectrum(problem, certificate):
    modes = certificate.modes
    for above, below in zip(modes, modes[1:]):
        require(above.a > below.b, "order", below.at, below.b, f"below {show(above.a)}")
    if modes:
        require(modes[-1].a > 0, "positive", modes[-1].at, modes[-1].a, "above 0")
    if problem.targets is not None:
        step, check = "congruence", check_congruence
    elif problem.bias:
        step, check = "secular", check_secular
    else:
        step, check = "counts", check_counts
    require(certificate.spectrum == step, "malformed", "proof[0]", certificate.spectrum, step)
    check(problem, certificate)


def grouped(counts):
    """The distinct counts, largest first, with their multiplicities."""
    times = {}
    for count in counts:
        times[count] = times.get(count, 0) + 1
    return sorted(times.items(), reverse=True)


def check_exact(mode, count, multiplicity):
    require(mode.a == count == mode.b, "target", mode.at, (mode.a, mode.b), count)
    require(mode.multiplicity == multiplicity, "multiplicity", mode.at, mode.multiplicity, multiplicity)


def check_counts(problem, certificate):
    groups, modes = grouped(problem.counts), certificate.modes
    require(len(modes) == len(groups), "mode-count", "modes", len(modes), len(groups))
    for mode, (count, multiplicity) in zip(modes, groups):
        check_exact(mode, count, multiplicity)
    require(certificate.zero_targets == 0, "zeros", "zero_targets", certificate.zero_targets, 0)


def check_secular(problem, certificate):
    groups, modes, places = grouped(problem.counts), certificate.modes, certificate.places
    require(places <= MAX_PLACES, "malformed", "places", places, f"at most {MAX_PLACES}")
    wanted = []  # (count, multiplicity) or (pole below, pole above)
    for g, (count, times) in enumerate(groups):
        if times > 1:
            wanted.append(("count", count, times - 1))
        if g + 1 < len(groups):
            wanted.append(("root", groups[g + 1][0], count))
    require(len(modes) == len(wanted), "mode-count", "modes", len(modes), len(wanted))
    terms = [(times * count, count) for count, times in groups]
    for mode, (kind, first, second) in zip(modes, wanted):
        if kind == "count":
            check_exact(mode, first, second)
            continue
        require(mode.multiplicity == 1, "multiplicity", mode.at, mode.multiplicity, 1)
        require(first < mode.a and mode.b < second, "poles", mode.at, (mode.a, mode.b), f"inside {(first, second)}")
        if mode.a == mode.b:
            found = "another sum"
            # The roots are those of a polynomial with whole coefficients, the first of which is N in size.
            require(problem.samples % mode.a.denominator == 0, "secular-sign", mode.at, found, "a sum of 0")
            low = fixed_point(terms, mode.a, 128)
            require(-len(terms) <= low <= 0 and vanishes(terms, mode.a), "secular-sign", mode.at, found, "a sum of 0")
        else:
            low, high = fixed_point(terms, mode.a, places), fixed_point(terms, mode.b, places)
            require(low < -len(terms), "secular-sign", f"{mode.at} lower end", f"{show(low)} units", "a negative sum")
            require(high > 0, "secular-sign", f"{mode.at} upper end", f"{show(high)} units", "a positive sum")
    require(certificate.zero_targets == 1, "zeros", "zero_targets", certificate.zero_targets, 1)


def fixed_point(terms, t, places):
    """The secular sum at `t` in units of 2^-places, each term rounded down."""
    top, bottom = t.numerator, t.denominator
    scaled = bottom << places
    return sum(weight * scaled // (count * bottom - top) for weight, count in terms)


def vanishes(terms, t):
    top, bottom = t.numerator, t.denominator
    return tree_sum([(weight * bottom, count * bottom - top) for weight, count in terms])[0] == 0


def tree_sum(terms):
    """The sum of numerator/denominator pairs, in pairs of like size and without reduction."""
    terms = list(terms) or [(0, 1)]
    while len(terms) > 1:
        pairs = zip(terms[::2], terms[1::2])
        rest = terms[-1:] if len(terms) % 2 else []
        terms = [(a + c, b) if b == d else (a * d + c * b, b * d) for (a, b), (c, d) in pairs] + rest
    return terms[0]


def gram(problem):
    """`A` of section 4 as integers over one denominator."""
    k, columns, scale = problem.outputs, problem.targets.columns, problem.targets.unit
    if problem.moments:
        return [[problem.samples * value for value in column] for column in columns], scale
    if problem.bias:
        sums = [sum(n * s[i] for n, s in zip(problem.counts, columns)) for i in range(k)]
        columns = [[problem.samples * value - m for value, m in zip(column, sums)] for column in columns]
        scale *= problem.samples
    weighted = list(zip(*([n * value for value in column] for n, column in zip(problem.counts, columns))))
    rows = list(zip(*columns))
    return [[dot(w, s) for s in rows] for w in weighted], scale * scale


def dot(x, y):
    return sum(map(mul, x, y))


def check_congruence(problem, certificate):
    k, modes, points, null = problem.outputs, certificate.modes, certificate.points, certificate.null
    require(certificate.vectors.has_shape(k, k),
            "malformed", "vectors", "another shape", f"{k} columns of {k} numbers")
    require(len(points) == len(modes), "mode-count", "points", len(points), f"{len(modes)} pairs")
    require(len(null) == len(modes) + 1, "malformed", "null", len(null), f"{len(modes) + 1} lists")
    require(all(len(v.first()) == k for vectors in null for v in vectors), "malformed", "null", "another length", k)
    matrix, scale = gram(problem)
    basis = certificate.vectors.columns  # a common positive factor changes neither signs nor dominance
    images = [[dot(row, v) for row in matrix] for v in basis]
    form = [[dot(v, image) for image in images] for v in basis]  # Xᵀ A X · scale
    metric = [[scale * dot(v, w) for w in basis] for v in basis]  # Xᵀ X · scale

    def negatives(t, at):
        """The eigenvalues below `t`, by Sylvester; the congruent matrix must be strictly diagonally dominant."""
        top, bottom, count = t.numerator, t.denominator, 0
        for i in range(k):
            row = [bottom * f - top * m for f, m in zip(form[i], metric[i])]
            others = sum(map(abs, row)) - abs(row[i])
            require(abs(row[i]) > others, "dominance", f"{at} row {i}", "a row", "a strictly dominant diagonal")
            count += row[i] < 0
        return count

    counted = [[negatives(t, f"points[{i}]") for t in pair] for i, pair in enumerate(points)]
    previous = None
    for mode, (low, high), (below, above) in zip(modes, points, counted):
        found = above - below
        require(found == mode.multiplicity != 0, "inertia", mode.at, found, f"multiplicity {mode.multiplicity}, not 0")
        require(low < high and (previous is None or high <= previous), "inertia", mode.at, (low, high), "no overlap")
        previous = low
    if points:
        require(counted[-1][0] == certificate.zero_targets, "zeros", "zero_targets", certificate.zero_targets,
                counted[-1][0])
    total = sum(mode.multiplicity for mode in modes) + certificate.zero_targets
    require(total == k, "zeros", "zero_targets", f"{total} values", f"{k} values")
    for mode, (low, high), vectors in zip(modes, points, null):
        if mode.a != mode.b:
            require(mode.a <= low and high <= mode.b, "target", mode.at, (mode.a, mode.b), "the points inside")
            require(not vectors, "malformed", mode.at, f"{len(vectors)} vectors", "none")
        else:
            require(low <= mode.a <= high, "target", mode.at, mode.a, "between its points")
            check_null(matrix, scale, mode.a, vectors, mode.multiplicity, mode.at)
    check_null(matrix, scale, Fraction(0), null[-1], certificate.zero_targets, "zero_targets")


def check_null(matrix, scale, value, vectors, wanted, at):
    """`vectors` are `wanted` independent ones with A v = value v."""
    require(len(vectors) == wanted, "null-vector", at, f"{len(vectors)} vectors", wanted)
    top, bottom = value.numerator * scale, value.denominator
    for vector in vectors:
        whole = vector.first()
        require(all(bottom * dot(row, whole) == top * x for row, x in zip(matrix, whole)),
                "null-vector", at, "a vector", f"an eigenvector for {show(value)}")
    filled = [sum(1 for vector in vectors if vector.first()[i] != 0) for i in range(len(matrix))]
    for vector in vectors:
        require(any(x == vector.unit and n == 1 for x, n in zip(vector.first(), filled)),
                "independence", at, "a vector", "an entry 1 where the others have 0")


# ---- 4. Each entry ---------------------------------------------------------------------------------------------------


def sign(value):
    return (value > 0) - (value < 0)


def threshold(problem, mu):
    """The sign of μ^M (M−1)^{M−1} − M^{2M} N^{M+1} Λ."""
    m, (top, bottom) = problem.layers, problem.penalty
    left = mu.numerator ** m * (m - 1) ** (m - 1) * bottom
    return sign(left - m ** (2 * m) * problem.samples ** (m + 1) * top * mu.denominator ** m)


def above_root(problem, u, mu):
    """The sign of (1 − u)^{M+1} u^{M−1} − Λ N^L/μ^M, for 0 ≤ u ≤ 1."""
    m, (top, bottom), n, d = problem.layers, problem.penalty, u.numerator, u.denominator
    left = (d - n) ** (m + 1) * n ** (m - 1) * mu.numerator ** m * bottom
    return sign(left - top * problem.samples ** (m + 1) * d ** (2 * m) * mu.denominator ** m)


def check_bracket(problem, a, b, p, q, at):
    m = problem.layers
    least = Fraction(m - 1, 2 * m)
    require(p >= least, "upper-root", at, p, f"at least {least}")
    require(q <= 1, "root-high", at, q, "at most 1")
    require(above_root(problem, p, a) >= 0, "root-low", at, p, f"at or below the root for {show(a)}")
    require(above_root(problem, q, b) <= 0, "root-high", at, q, f"at or above the root for {show(b)}")


def check_mode(problem, certificate, mode):
    if mode.fate == "collapsed":
        check_absent(mode)
        side = threshold(problem, mode.b)
        require(side < 0 or side == 0 and problem.layers == 1, "threshold-below", mode.at, mode.b, "not above")
    elif mode.fate == "cut":
        check_absent(mode)
        side = threshold(problem, mode.a)  # one layer: a mode at its threshold is zero anyway, the widths do not cut it
        require(side > 0 or side == 0 and problem.layers > 1, "threshold-cut", mode.at, mode.a, "not below")
    elif mode.fate == "kept":
        require(mode.kept == mode.multiplicity, "kept", mode.at, mode.kept, mode.multiplicity)
        require(threshold(problem, mode.a) > 0, "threshold-above", mode.at, mode.a, "above the threshold")
        check_bracket(problem, mode.a, mode.b, mode.p, mode.q, mode.at)
    elif mode.fate == "tie":
        side = threshold(problem, mode.a)
        mode.threshold_tie = side == 0 and mode.a == mode.b and problem.layers >= 2
        require(mode.threshold_tie or side > 0, "tie", mode.at, mode.a, "the threshold exactly, or above it")
        # None kept would be no tie: the widths decide then, and the optimum may be unique.
        require(1 <= mode.kept <= mode.multiplicity, "kept", mode.at, mode.kept, f"1 to {mode.multiplicity}")
        check_bracket(problem, mode.a, mode.b, mode.p, mode.q, mode.at)
    else:
        raise Rejected("fate", mode.at, show(mode.fate), "kept, collapsed, cut or tie")


def check_absent(mode):
    require(mode.kept == 0, "kept", mode.at, mode.kept, 0)
    require(mode.p == 0 == mode.q, "fate", f"{mode.at}.shrinkage", (mode.p, mode.q), 0)


# ---- 4. The budget step, the word and the objective ------------------------------------------------------------------


def gain_bounds(problem, a, b, p, q):
    def gain(mu, u):
        return mu * (1 - (1 - u) * (1 + problem.layers * u)) / (2 * problem.samples)
    return gain(a, p), gain(b, q)


def check_encloses(pair, low, high, reason, at):
    require(pair[0] <= low and high <= pair[1], reason, at, pair, f"a pair around {show((low, high))}")


def check_budget(problem, certificate):
    modes, rank = certificate.modes, problem.rank
    fates = [mode.fate for mode in modes]
    total = sum(mode.kept for mode in modes)
    require(total <= rank, "budget", "modes", total, f"at most {rank}")
    if certificate.budget == "slack":
        check_slack(certificate, fates, rank)
        return
    pivot = "cut" if certificate.budget == "cut" else "tie"
    require(pivot in fates, "selection", "modes", "none", f"an entry `{pivot}`")
    first = fates.index(pivot)
    require(total == rank, "budget", "modes", total, rank)
    for i, fate in enumerate(fates):
        if i != first:
            allowed = ("kept",) if i < first else ("cut", "collapsed")
            require(fate in allowed, "selection", modes[i].at, fate, " or ".join(allowed))
    mode = modes[first]
    if pivot == "tie":
        require(not mode.threshold_tie and 0 < mode.kept < mode.multiplicity and mode.a == mode.b,
                "split", mode.at, mode.kept, f"some of {mode.multiplicity} equal targets above the threshold")
        low, high = gain_bounds(problem, mode.a, mode.b, mode.p, mode.q)
        check_encloses(certificate.price, low, high, "price-claim", "price")
        return
    p, q = certificate.root
    check_bracket(problem, mode.a, mode.b, p, q, "proof[1].root")
    low, high = gain_bounds(problem, mode.a, mode.b, p, q)
    last, price = modes[first - 1], certificate.cut_price  # R ≥ 1 are kept, so an entry comes before
    least = gain_bounds(problem, last.a, last.b, last.p, last.q)[0]
    require(price >= 0, "price", "proof[1].price", price, "at least 0")
    require(least >= price, "price", "proof[1].price", price, f"at most {show(least)}")
    require(price >= high, "price", "proof[1].price", price, f"at least {show(high)}")
    check_encloses(certificate.price, low, high, "price-claim", "price")


def check_slack(certificate, fates, rank):
    room = rank
    for mode, fate in zip(certificate.modes, fates):
        require(fate != "cut", "selection", mode.at, fate, "no `cut` entry")
        if fate == "tie":
            wanted = min(mode.multiplicity, room)
            require(mode.threshold_tie and mode.kept == wanted, "selection", mode.at, mode.kept, wanted)
        room -= mode.kept
    require(certificate.price == (0, 0), "price-claim", "price", certificate.price, 0)


def check_word(certificate):
    if any(mode.threshold_tie for mode in certificate.modes):
        wanted = "tie"
    elif certificate.budget == "split":
        wanted = "rank-tie"
    else:
        wanted = "unique" if any(mode.fate == "kept" for mode in certificate.modes) else "zero"
    require(certificate.optimum == wanted, "optimum", "optimum", certificate.optimum, wanted)


def check_objective(problem, certificate):
    targets, roots, m = certificate.target_ends, certificate.root_ends, problem.layers
    unit = roots.unit

    def total(ends, shares):
        kept = (mode.kept * (unit - p) * (unit + m * p) for mode, p in zip(certificate.modes, shares))
        lost = ((mode.multiplicity - mode.kept) * unit ** 2 for mode in certificate.modes)
        return sum(mu * (k + l) for mu, k, l in zip(ends, kept, lost))

    def compare(value, total):
        return sign(value.numerator * targets.unit * unit ** 2 * 2 * problem.samples - total * value.denominator)

    low, high = certificate.objective
    (a, b), (p, q) = targets.columns, roots.columns
    require(compare(low, total(a, q)) <= 0, "objective", "objective lower end", low, "at most the sum from below")
    require(compare(high, total(b, p)) >= 0, "objective", "objective upper end", high, "at least the sum from above")


# ---- 5. Exponential and logarithm ------------------------------------------------------------------------------------

# Numbers are integers in units: 2^-WORK inside a function, 2^-PLACES in what it returns.
PLACES = 256
WORK = PLACES + 64
ONE = 1 << WORK


def ceil_div(top, bottom):
    return -(-top // bottom)


def atanh(t):
    """atanh of `t` ≤ ONE/3 or up to one unit more, too small by less than 512 units.

    The square is too small by less than 2 units. A power is too small by d < 2 units, since d/9 + 2/3 + 1 < 2; a term by
    less than 3. Each power is at most a ninth of the one before, so there are at most 105 terms, and what follows a power
    that is 0 here is less than 2 (1 + 1/9 + …) < 3 units. Together less than 3 · 105 + 3.
    """
    square, power, total, odd = t * t >> WORK, t, 0, 1
    while power:
        total += power // odd
        power = power * square >> WORK
        odd += 2
    return total


@cache
def ln2():
    """2 atanh(1/3), too small by less than 1024 units."""
    return 2 * atanh(ONE // 3)


@cache
def steps():
    """ln(c/64) = 2 atanh((c − 64)/(c + 64)) for c = 64, 65, … 127, too small by less than 1024 units each."""
    return [2 * atanh((c - 64 << WORK) // (c + 64)) for c in range(64, 128)]


def logarithm(top, bottom):
    """Bounds of ln(top/bottom), for positive integers.

    With top/bottom = 2^e m, 1 ≤ m < 2, and c the whole part of 64 m, it is e ln 2 + ln(c/64) + 2 atanh((64 m − c)/(64 m + c)),
    whose argument is at most 1/129.
    """
    e = top.bit_length() - bottom.bit_length()  # 1/2 < m < 2
    a, b = (top, bottom << e) if e >= 0 else (top << -e, bottom)
    if a < b:
        a, e = 2 * a, e - 1
    c, rest = divmod(a << 6, b)
    value = e * ln2() + steps()[c - 64] + 2 * atanh((rest << WORK) // ((a << 6) + c * b))
    slack = 1024 * (abs(e) + 2)
    return value - slack >> WORK - PLACES, -(-(value + slack) >> WORK - PLACES)


def exponential(top, bottom):
    """Bounds of e^x at x = top/bottom; `range` if it is too large in size.

    x = k ln 2 + r, where r is known to 1 + 1024 |k| units and lies from 0 to ln 2 < 0.7. In the series of e^r a term is too
    small by d < 3 units, since 0.7 d + 1 + 1 < 3 at first and less is left each time; there are at most 70 terms, as
    0.7^70/70! < 2^-WORK, and what follows a term that is 0 here is less than 3 units. So the sum is too small by less than
    512 units, and the derivative e^r is at most 2.
    """
    require(abs(top) <= MAX_EXPONENT * bottom, "range", "an exponential", "its argument", f"at most {MAX_EXPONENT} in size")
    k, r = divmod((top << WORK) // bottom, ln2())
    term, total, i = ONE, 0, 1
    while term:
        total += term
        term = (term * r >> WORK) // i
        i += 1
    slack = 512 + 4 * (1 + 1024 * abs(k))
    shift = WORK - PLACES - k
    if shift <= 0:
        return total - slack << -shift, total + slack << -shift
    return max(total - slack, 0) >> shift, -(-(total + slack) >> shift)


def root(top, bottom, degree):
    """The root of top/bottom ≥ 0, rounded down to a multiple of 2^-PLACES: Newton's steps fall to the integer root."""
    value = (top << PLACES * degree) // bottom
    if value == 0:
        return 0
    x = 1 << ceil_div(value.bit_length(), degree)
    while True:
        y = ((degree - 1) * x + value // x ** (degree - 1)) // degree
        if y >= x:
            return x
        x = y


# ---- 5. Cross-entropy: the steps -------------------------------------------------------------------------------------


def check_dual(problem, certificate):
    """The bound of the dual step."""
    k, classes, weights, columns = problem.outputs, problem.classes, certificate.weights, certificate.columns
    plan, side = certificate.plan, min(k, classes)
    require(plan.has_shape(classes, k), "malformed", "plan", "another shape", f"{classes} by {k}")
    number = len(weights.first())
    require(columns.has_shape(number, side), "malformed", "columns", "another shape", f"{number} columns of {side} numbers")
    plan, scale = plan.columns, plan.unit
    for i, (column, count) in enumerate(zip(plan, problem.counts) if problem.cross_entropy else ()):
        require(min(column) >= 0, "plan-sign", f"plan[{i}]", Fraction(min(column), scale), "at least 0")
        require(sum(column) == count * scale, "plan-sums", f"plan[{i}]", Fraction(sum(column), scale), count)
    targets, target_scale = problem.target_columns()
    residuals, unit = [], scale * target_scale * problem.weight_unit * (problem.scale.unit if problem.scale else 1)
    for i, (x, s, count) in enumerate(zip(plan, targets, problem.counts)):
        stretch = problem.scale.columns[i] if problem.scale else [1] * k
        residuals.append([problem.class_weight(i) * d * (count * t * scale - p * target_scale)
                          for d, t, p in zip(stretch, s, x)])
    lost = 0
    if problem.bias:
        sums = [sum(row) for row in zip(*residuals)]
        if problem.bias_weight is None:
            for j, total in enumerate(sums):
                require(total == 0, "plan-rows", f"row {j}", Fraction(total, unit), 0)
        else:
            lost = Fraction(dot(sums, sums), 2 * (unit * problem.samples) ** 2) / problem.bias_weight
    check_spectral(problem, residuals, unit, weights, columns)
    whole = problem.weight_unit * problem.samples
    if not problem.cross_entropy:
        total = sum(problem.class_weight(i) * Fraction(dot(s, s) * (n * scale) ** 2 - dot(x, x) * target_scale ** 2, n)
                    for i, (x, s, n) in enumerate(zip(plan, targets, problem.counts)))
        return total / (2 * whole * (scale * target_scale) ** 2) - lost
    # A logarithm of at least 1 is at least 0, however it is rounded.
    total = sum(problem.class_weight(i) * x * max(logarithm(count * scale, x)[0], 0)
                for i, (column, count) in enumerate(zip(plan, problem.counts)) for x in column if x)
    bound = Fraction(total, scale * whole << PLACES) - lost
    if problem.shift:
        total = sum(problem.class_weight(i) * (p * target_scale - t * n * scale) * more
                    for i, (x, s, n, shift) in enumerate(zip(plan, targets, problem.counts, problem.shift.columns))
                    for p, t, more in zip(x, s, shift))
        bound += Fraction(total, whole * scale * target_scale * problem.shift.unit)
    return bound


def check_spectral(problem, residuals, scale, weights, columns):
    """λ_W λ_H N² D − BᵀB − Σ d c cᵀ is diagonally dominant, or λ_W λ_H N² I − B D⁻¹ Bᵀ − Σ d c cᵀ if there are more classes
    than outputs. All of it in integers over one denominator."""
    weights, weight_scale = weights.first(), weights.unit
    columns, column_scale = columns.columns, columns.unit
    for i, weight in enumerate(weights):
        require(weight >= 0, "spectral", f"weights[{i}]", Fraction(weight, weight_scale), "at least 0")
    if problem.classes > problem.outputs:
        common = lcm(*set(problem.counts))
        rows = list(zip(*residuals))
        shares = [common // n for n in problem.counts]
        squares = [[sum(map(mul, map(mul, x, y), shares)) for y in rows] for x in rows]
        own = [common] * problem.outputs
    else:
        common, own = 1, problem.counts
        squares = [[dot(x, y) for y in residuals] for x in residuals]
    k = len(own)
    top, bottom = problem.penalty
    dyads_scale = weight_scale * column_scale ** 2
    gram_factor, dyads_factor = bottom * dyads_scale, bottom * scale ** 2 * common
    whole = top * problem.samples ** 2 * scale ** 2 * dyads_scale
    matrix = [[whole * own[i] * (i == j) - gram_factor * squares[i][j] for j in range(k)] for i in range(k)]
    for weight, column in zip(weights, columns):
        filled = [(i, x) for i, x in enumerate(column) if x]
        for i, x in filled:
            row, factor = matrix[i], dyads_factor * weight * x
            for j, y in filled:
                row[j] -= factor * y
    for i, row in enumerate(matrix):
        if problem.nonnegative:
            require(min(row) >= 0, "spectral", f"row {i}", "an entry", "at least 0")
            continue
        others = sum(map(abs, row)) - abs(row[i])
        require(row[i] >= others, "spectral", f"row {i}", "a diagonal entry", "at least the others in size")


def check_frame(problem, certificate):
    """The bound of the frame step."""
    low, high, k, size = certificate.low, certificate.high, problem.classes, problem.layers + 1
    top, bottom = problem.penalty
    top *= problem.counts[0]  # Λ n

    def falls(x, grown):
        """The sign of x^{L−2} − Λ n (e^x + K − 1)^L, with one end of e^x."""
        left = x.numerator ** (size - 2) * bottom << PLACES * size
        return sign(left - top * (grown + (k - 1 << PLACES)) ** size * x.denominator ** (size - 2))

    require(0 < low < high, "frame-low", "proof[0]", (low, high), "0 < low < high")
    require(falls(low, exponential(low.numerator, low.denominator)[1]) > 0, "frame-low", "proof[0].low", low, "where the cost of the frame falls")
    require(falls(high, exponential(high.numerator, high.denominator)[0]) < 0, "frame-high", "proof[0].high", high, "where the cost of the frame rises")
    zero = logarithm(k, 1)[0]
    loss = logarithm((1 << PLACES) + (k - 1) * exponential(-high.numerator, high.denominator)[0], 1 << PLACES)[0]
    penalty = root(top * low.numerator ** 2, bottom * low.denominator ** 2, size)
    return min(Fraction(zero, 1 << PLACES), Fraction(2 * loss + size * (k - 1) * penalty, 2 << PLACES))


def check_point(problem, certificate):
    """The bound of the point step."""
    factors, bias, k = certificate.factors, certificate.point_bias, problem.outputs
    wanted = k if problem.bias else 0
    require(len(bias.first()) == wanted, "shape", "bias", f"{len(bias.first())} numbers", wanted)
    require(len(factors) == problem.layers + 1, "shape", "factors", len(factors), problem.layers + 1)
    width = problem.classes
    for i, (factor, limit) in enumerate(zip(factors, problem.widths + [k])):
        columns = factor.columns
        require(len(columns) == width, "shape", f"factors[{i}]", f"{len(columns)} columns", width)
        width = len(columns[0])
        least = k if i == problem.layers else 1
        require(all(len(column) == width for column in columns), "shape", f"factors[{i}]", "columns", "columns of one length")
        require(least <= width <= limit, "shape", f"factors[{i}]", f"{width} rows", f"{least} to {limit}")
    lowest = min(map(min, factors[0].columns))
    require(lowest >= 0 or not problem.nonnegative, "shape", "factors[0]", Fraction(lowest, factors[0].unit), "at least 0")
    energy, logits, scale = 0, None, 1
    for i, (factor, weight) in enumerate(zip(factors, problem.weights[-1:] + problem.weights[:-1])):
        columns = factor.columns
        times = problem.counts if i == 0 else [1] * len(columns)
        squares = sum(n * dot(column, column) for n, column in zip(times, columns))
        energy += ceil_div(squares * weight.numerator << PLACES, 2 * factor.unit ** 2 * weight.denominator)
        rows = list(zip(*columns))
        logits = [[dot(row, column) for row in rows] for column in logits] if i else columns
        scale *= factor.unit
    shift = [b * scale for b in bias.first() or [0] * k]
    scale *= bias.unit
    logits = [[z * bias.unit + b for z, b in zip(column, shift)] for column in logits]
    loss = (point_entropy if problem.cross_entropy else point_squares)(problem, logits, scale)
    if problem.bias_weight is not None:
        loss += problem.bias_weight * Fraction(dot(bias.first(), bias.first()), 2 * bias.unit ** 2)
    return loss + Fraction(energy, 1 << PLACES)


def point_entropy(problem, logits, scale):
    """(1/N) Σ n ω Σ s ln Σ exp(a_i − a_j) with a = δ z + ι, against the output of the first largest target."""
    targets, target_scale = problem.target_columns()
    stretched, shifted = (m.unit if m else 1 for m in (problem.scale, problem.shift))
    unit, total, rest = scale * stretched * shifted, 0, 0
    for i, (column, s, count) in enumerate(zip(logits, targets, problem.counts)):
        if problem.scale:
            column = [z * d for z, d in zip(column, problem.scale.columns[i])]
        column = [z * shifted for z in column]
        if problem.shift:
            column = [z + more * stretched * scale for z, more in zip(column, problem.shift.columns[i])]
        own = s.index(max(s))
        grown = sum(exponential(z - column[own], unit)[1] for j, z in enumerate(column) if j != own)
        weight = count * problem.class_weight(i)
        total += weight * logarithm((1 << PLACES) + grown, 1 << PLACES)[1]
        rest += weight * sum(t * (column[own] - z) for t, z in zip(s, column))
    whole = problem.weight_unit * problem.samples
    return Fraction(total, whole << PLACES) + Fraction(rest, whole * unit * target_scale)


def point_squares(problem, logits, scale):
    """Σ (n ω/(2N)) ‖z − s‖²."""
    targets, target_scale = problem.target_columns()
    total = 0
    for i, (column, s, count) in enumerate(zip(logits, targets, problem.counts)):
        apart = [z * target_scale - t * scale for z, t in zip(column, s)]
        total += count * problem.class_weight(i) * dot(apart, apart)
    return Fraction(total, 2 * (scale * target_scale) ** 2 * problem.weight_unit * problem.samples)


def check_merged(problem, merged):
    """Classes that the optimum does not tell apart: the swap of two is a symmetry, and (ω δ t)² n ≤ N² Λ, t the difference of
    the two targets."""
    if not merged:
        return
    place = "merged"
    k, square = problem.outputs, problem.classes == problem.outputs
    free = square and problem.rank >= k - 1 and not problem.nonnegative
    require(free, "merging", place, "classes", "as many outputs, widths of at least K − 1, free features")
    seen = [i for group in merged for i in group]
    require(all(len(group) > 1 for group in merged) and all(a < b for group in merged for a, b in pairwise(group)) and
            len(set(seen)) == len(seen) and all(1 <= i <= k for i in seen), "merging", place, merged, "increasing classes")
    one_hot = problem.targets is None

    def target(i, j):
        return int(i == j) if one_hot else problem.targets.columns[i][j]

    def scale(i, j):
        return problem.scale.columns[i][j] if problem.scale else 1

    def shift(i, j):
        return problem.shift.columns[i][j] if problem.shift else 0

    top, bottom = problem.penalty
    units = (problem.weight_unit * (problem.scale.unit if problem.scale else 1) * (1 if one_hot else problem.targets.unit)) ** 2
    for group in merged:
        a = group[0] - 1
        for b in (i - 1 for i in group[1:]):
            same = problem.counts[a] == problem.counts[b] and problem.class_weight(a) == problem.class_weight(b)
            for part in (scale, shift) if problem.scale or problem.shift else ():
                same = same and all(part(a, j) == part(b, j) and part(j, a) == part(j, b) for j in range(k))
            if not one_hot:
                same = same and target(a, a) == target(b, b) and target(a, b) == target(b, a) and all(
                    target(a, j) == target(b, j) and target(j, a) == target(j, b) for j in range(k) if j not in (a, b))
            apart = target(a, a) - target(a, b)
            size = problem.class_weight(a) * scale(a, a) * apart
            require(same and apart >= 0 and size ** 2 * problem.counts[a] * bottom <= problem.samples ** 2 * top * units,
                    "merging", f"classes {a + 1} and {b + 1}", "two classes", "two that merge")


def check_cross_entropy(problem, certificate):
    convex = certificate.statement in ("ce-optimum", "mse-layer-optimum")
    if certificate.statement == "ce-optimum":
        check_merged(problem, certificate.merged)
    least = (check_dual if convex else check_frame)(problem, certificate)
    most = check_point(problem, certificate)
    if certificate.statement != "ce-frame-refuted":
        low, high = certificate.objective
        require(low <= least, "objective", "objective lower end", low, f"at most {show_decimal(least)}")
        require(high >= most, "objective", "objective upper end", high, f"at least {show_decimal(most)}")
        return
    low, high = certificate.frame_at_least, certificate.network_at_most
    require(low <= least, "frame-bound", "frame_at_least", low, f"at most {show_decimal(least)}")
    require(high >= most, "network-bound", "network_at_most", high, f"at least {show_decimal(most)}")
    require(high < low, "refutation", "network_at_most", high, f"below {show(low)}")


def show_decimal(value):
    """About 60 digits of a bound, for a message."""
    digits = f"{abs(value.numerator) * 10 ** 60 // value.denominator:061}"
    return f"{'-' if value < 0 else ''}{digits[:-60]}.{digits[-60:]}…"


# ---- 6. Deep cross-entropy: trees of cells ---------------------------------------------------------------------------

MAX_DEEP_LAYERS = 16
MAX_BITS = 160
GRID = 1 << 60


class Tree:
    """The conditions of section 6 for one certificate; `target` is what has to be exceeded at each c, in units."""

    def __init__(self, problem, certificate):
        self.k, self.layers, self.bias, self.rank = problem.classes, problem.layers, problem.bias, problem.rank
        self.frame = certificate.statement == "deep-ce-frame-optimal"
        self.zero = certificate.statement == "deep-ce-zero-optimal"
        self.certificate, self.pulls = certificate, certificate.pulls
        self.unit = 10 ** certificate.places
        numbers = [*self.pulls, certificate.top, *(certificate.ball if self.frame else ())]
        if (self.layers > MAX_DEEP_LAYERS or
                any(max(abs(x.numerator).bit_length(), x.denominator.bit_length()) > MAX_BITS for x in numbers)):
            raise Incomplete("more layers or digits than this checker works with")
        low, high = self.pulls
        top, bottom = problem.penalty
        weight = Fraction(top * problem.counts[0], bottom)
        factors = self.layers + 1
        require(0 < low and low ** factors <= weight and (not self.frame or weight <= high ** factors),
                "pull", "pull", self.pulls, f"around the root of {show(weight)}")
        if self.frame:
            self.check_ball(*certificate.ball)
        self.ends = [(c, self.target(c)) for c in sorted(set(self.pulls))]
        for c, target in self.ends:
            require(self.penalty(c, certificate.top) >= target, "top", "top", certificate.top, f"a larger one at c = {show(c)}")

    def check_ball(self, low, high, scale, radius):
        """The best scale of a frame lies between low and high for all c, and the radius is small enough."""
        k, factors = self.k, self.layers + 1
        require(0 < low < high and scale > 0, "frame-low", "proof[0]", (low, high, scale), "0 < low < high, scale > 0")

        def falls(x, c, grown):
            return sign(x ** (factors - 2) - (c * (Fraction(grown, 1 << PLACES) + k - 1)) ** factors)

        require(falls(low, self.pulls[1], exponential(*low.as_integer_ratio())[1]) > 0, "frame-low", "proof[0].low", low, "where the cost falls")
        require(falls(high, self.pulls[0], exponential(*high.as_integer_ratio())[0]) < 0, "frame-high", "proof[0].high", high, "where it rises")
        require(0 < radius < low, "ball", "proof[0].radius", radius, "0 < radius < low")
        d = radius * (2 if k == 3 else Fraction(5, 2))
        psi = 2 * (Fraction(exponential(*(-d).as_integer_ratio())[0], 1 << PLACES) + d - 1) / d ** 2
        convex = (psi / k) ** factors * (1 - radius / low) ** (2 * self.layers)
        require(convex > (Fraction(factors - 2, factors) / low) ** factors, "ball", "proof[0].radius", radius, "a smaller one")
        self.inside = (high - radius) ** 2, (low + radius) ** 2

    def target(self, c):
        if self.zero:
            return logarithm(self.k, 1)[1]
        if not self.frame:
            return ceil_div(self.certificate.objective[0].numerator << PLACES, self.certificate.objective[0].denominator)
        scale, factors = self.certificate.ball[2], self.layers + 1
        loss = logarithm((1 << PLACES) + (self.k - 1) * exponential(*(-scale).as_integer_ratio())[1], 1 << PLACES)[1]
        inside = (c * factors * (self.k - 1) / 2) ** factors * scale ** 2
        return loss + root(inside.numerator, inside.denominator, factors) + 1

    def penalty(self, c, tau):
        """c (L/2) τ, rounded down."""
        value = c * (self.layers + 1) * tau / 2
        return (value.numerator << PLACES) // value.denominator

    def roots(self):
        ends = tuple((0, GRID if j < self.rank else 0) for j in range(self.k - 1))
        if self.k == 3:
            return [(((GRID,), (0,)), ends)]
        cells = []
        for third in (-GRID, GRID):
            for way in permutations(range(3)):
                vertices = [(0, 0, 0)]
                for axis in way:
                    corner = list(vertices[-1])
                    corner[axis] = third if axis == 2 else GRID
                    vertices.append(tuple(corner))
                cells.append((tuple(vertices), ends))
        return cells

    def check(self):
        open_cells = self.roots()[::-1]
        for i, node in enumerate(self.certificate.nodes):
            at = f"nodes[{i}]"
            require(open_cells, "tree", at, "a node", "no more, as no cell is left")
            cell = open_cells.pop()
            if isinstance(node, list):
                self.check_plan(cell, node, at)
            elif node.isdigit():
                open_cells += self.halves(cell, node, at)[::-1]
            else:
                self.check_word(cell, node, at)
        require(not open_cells, "tree", "nodes", f"{len(open_cells)} cells without a node", "none")

    @staticmethod
    def halves(cell, node, at):
        vertices, ends = cell
        if len(node) == 1:
            j = int(node) - 1
            require(j < len(ends), "tree", at, node, f"1 to {len(ends)}")
            low, high = ends[j]
            middle = half(low + high)
            return [(vertices, ends[:j] + (pair,) + ends[j + 1:]) for pair in ((low, middle), (middle, high))]
        i, j = int(node[0]), int(node[1])
        require(j < len(vertices), "tree", at, node, "an edge of the cell")
        middle = tuple(half(x + y) for x, y in zip(vertices[i], vertices[j]))
        return [(vertices[:drop] + (middle,) + vertices[drop + 1:], ends) for drop in (j, i)]

    def check_word(self, cell, word, at):
        top, units = self.certificate.top, [[x * (6 // j) for x in pair] for j, pair in enumerate(cell[1], 1)]
        whole = 6 * GRID  # τ is so many of these parts of top
        if word == "order":
            require(any(later[0] * top.numerator >= earlier[1] * top.numerator for earlier, later in pairwise(units)),
                    "order", at, "ordered spectra in the cell", "none")
        elif word == "heavy":
            total = sum(low for low, _ in units)
            for c, target in self.ends:
                least = c.numerator * (self.layers + 1) * top.numerator * total
                require((least << PLACES) // (2 * c.denominator * top.denominator * whole) >= target,
                        "heavy", at, total, f"enough at c = {show(c)}")
        elif word == "ball":
            require(self.frame, "outside", at, word, "another node, as the claim has no ball")
            least, most = self.inside
            require(all(self.power(low, self.layers + 1, least) >= 0 and self.power(high, self.layers + 1, most) <= 0
                        for low, high in units), "outside", at, units, f"squares from {show(least)} to {show(most)}")
        else:
            require(self.zero, "zero-cell", at, word, "another node, as zero is not claimed")
            most = self.pulls[0] ** 2 * self.layers * self.k ** 2
            require(all(self.power(high, self.layers - 1, most) <= 0 for _, high in units),
                    "zero-cell", at, units, f"powers at most {show(most)}")

    def power(self, units, exponent, other):
        """The sign of τ^exponent less another number, τ in sixths of the grid."""
        top = self.certificate.top
        return sign((top.numerator * units) ** exponent * other.denominator
                    - other.numerator * (top.denominator * 6 * GRID) ** exponent)

    def check_plan(self, cell, plan, at):
        k, unit = self.k, self.unit
        require(len(plan) == k * (k - 1), "malformed", at, f"{len(plan)} entries", k * (k - 1))
        columns = []
        for i in range(k):
            others = plan[i * (k - 1):(i + 1) * (k - 1)]
            own = unit - sum(others)
            require(own >= 0, "plan-sign", at, own, "at least 0")
            columns.append(others[:i] + [own] + others[i:])
        require(not self.bias or all(sum(row) == unit for row in zip(*columns)), "plan-rows", at, "a row", f"the sum {unit}")
        entropy = sum(x * logarithm(unit, x)[0] for column in columns for x in column if x) // (k * unit)
        residuals = [[unit * (i == j) - x for j, x in enumerate(column)] for i, column in enumerate(columns)]
        entries = self.entries(cell[0], residuals)
        failed = []
        for c, target in self.ends:
            least = []
            for j, (pair, values) in enumerate(zip(cell[1], entries)):
                (cost, gain), (cost_high, gain_high) = [self.terms(c, j, x) for x in pair]
                least.append([min(cost + (-(gain - (y < 0)) * y >> PLACES), cost_high + (-(gain_high - (y < 0)) * y >> PLACES))
                              for y in values])
            bound = entropy + min(map(sum, zip(*least)))
            if bound <= target:
                failed.append((c, bound, target))
        if failed:
            c, bound, target = failed[0]
            raise Rejected("wide" if len(failed) < len(self.ends) else "leaf", at,
                           f"{show_decimal(Fraction(bound, 1 << PLACES))} at c = {show(c)}",
                           f"above {show_decimal(Fraction(target, 1 << PLACES))}")

    def terms(self, c, j, x):
        """c M τ/2 rounded down and τ^M/(2c) rounded up, for τ_{j+1} in its units."""
        m, unit, top = self.layers, GRID * (j + 1), self.certificate.top
        cost = (c.numerator * m * top.numerator * x << PLACES) // (2 * c.denominator * top.denominator * unit)
        gain = ceil_div(c.denominator * (top.numerator * x) ** m << PLACES, 2 * c.numerator * (top.denominator * unit) ** m)
        return cost, gain

    def entries(self, vertices, residuals):
        """The hull's points, each entry rounded up: for each τ_j the entries of all points."""
        scale = (self.k * self.unit) ** 2
        whole = ceil_div(sum(x * x for column in residuals for x in column) << PLACES, scale)
        tops, bottoms = (segment if self.k == 3 else tetrahedron)(vertices, residuals)
        bottoms = [bottom * scale for bottom in bottoms]
        entries = [[-(-(top << PLACES) // bottom) for top, bottom in zip(top, bottoms)] for top in tops]
        return entries + [[whole - sum(x) + len(x) for x in zip(*entries)]]


def half(total):
    if total % 2:
        raise Incomplete("a cell is halved more than 60 times")
    return total // 2


def segment(vertices, residuals):
    """Three classes: u_1 between (1, −s, s − 1) at both ends, in units of 2^-61. Numerators, and denominators."""
    u, v = [(2 * GRID, -s, s - 2 * GRID) for s, in vertices]
    x, y = [[dot(w, a) for a in residuals] for w in (u, v)]
    return [[dot(x, x), dot(x, y), dot(y, y)]], [dot(u, u), dot(u, v), dot(v, v)]


EDGES = list(combinations_with_replacement(range(4), 2))
MATCHINGS = [[EDGES.index(edge) for edge in ((a, b), (c, d), (a, c), (b, d), (a, d), (b, c))]
             for a, b, c, d in combinations_with_replacement(range(4), 4)]


def tetrahedron(vertices, residuals):
    """Four classes: u_1 and u_2 of the rotation of a quaternion between the vertices'. Numerators of both, and denominators."""
    polars, bottoms = frames(vertices)
    axes = [[a + b - c - d for a, b, c, d in residuals], [a - b + c - d for a, b, c, d in residuals],
            [a - b - c + d for a, b, c, d in residuals]]
    (xx, xy, xz), (_, yy, yz), (_, _, zz) = [[dot(p, q) for q in axes] for p in axes]
    tops = []
    for vectors in polars:
        images = [(xx * x + xy * y + xz * z, xy * x + yy * y + yz * z, xz * x + yz * y + zz * z) for x, y, z in vectors]
        products = [[a * x + b * y + c * z for a, b, c in images] for x, y, z in vectors]  # 16 times
        tops.append([products[a][b] + products[c][d] + products[e][f] for a, b, c, d, e, f in MATCHINGS])
    return tops, bottoms


@lru_cache(16)
def frames(vertices):
    """For each edge four times the polar vectors of u_1 and of u_2, in the coordinates (x, y, z); the denominators times 16."""
    quaternions = [(1024 * GRID, 427 * x, 427 * y, 427 * z) for x, y, z in vertices]
    common = gcd(*(x for q in quaternions for x in q))
    quaternions = [tuple(x // common for x in q) for q in quaternions]
    first, second, inner = [], [], []
    for i, j in EDGES:
        q, r = quaternions[i], quaternions[j]
        s = [[q[a] * r[b] + q[b] * r[a] for b in range(4)] for a in range(4)]  # twice the symmetric part
        first.append((s[0][0] + s[1][1] - s[2][2] - s[3][3], 2 * (s[1][2] + s[0][3]), 2 * (s[1][3] - s[0][2])))
        second.append((2 * (s[1][2] - s[0][3]), s[0][0] - s[1][1] + s[2][2] - s[3][3], 2 * (s[2][3] + s[0][1])))
        inner.append(dot(q, r))
    return (first, second), [16 * (inner[a] * inner[b] + inner[c] * inner[d] + inner[e] * inner[f])
                             for a, b, c, d, e, f in MATCHINGS]


def check_deep(problem, certificate):
    Tree(problem, certificate).check()
    if certificate.statement in ("deep-ce-enclosure", "deep-ce-frame-refuted"):
        most, high = check_point(problem, certificate), certificate.objective[1]
        require(high >= most, "objective", "objective upper end", high, f"at least {show_decimal(most)}")
    if certificate.statement == "deep-ce-frame-refuted":
        frame, least = certificate.frame_at_least, check_frame(problem, certificate)
        require(frame <= least, "frame-bound", "frame_at_least", frame, f"at most {show_decimal(least)}")
        require(high < frame, "refutation", "objective upper end", high, f"below {show(frame)}")


# ---- The command -----------------------------------------------------------------------------------------------------


def audit(certificate_bytes, case_bytes, files=lambda name: None):
    problem = Problem(case_bytes, files)
    certificate = Certificate(certificate_bytes, hashlib.sha256(case_bytes).hexdigest(), problem)
    if work(problem, certificate) > MAX_WORK:
        raise Incomplete("checking takes more work than the format allows")
    if certificate.statement.startswith("deep-ce-"):
        check_deep(problem, certificate)
        return
    if certificate.statement != "mse-optimum":
        check_cross_entropy(problem, certificate)
        return
    check_spectrum(problem, certificate)
    for mode in certificate.modes:
        check_mode(problem, certificate, mode)
    check_budget(problem, certificate)
    check_word(certificate)
    check_objective(problem, certificate)


def read_file(path, limit):
    """At most one byte more than the limit, so that an endless file ends."""
    with open(path, "rb") as file:
        return file.read(limit + 1)


def answer(certificate_path, case_path):
    """The exit code and the lines to print."""
    try:
        def beside(name):
            """A file in the case's folder, if it can be read."""
            try:
                return read_file(os.path.join(os.path.dirname(case_path), name), MAX_TARGETS_FILE)
            except OSError:
                return None
        audit(read_file(certificate_path, MAX_DOCUMENT), read_file(case_path, MAX_CASE), beside)
    except Rejected as r:
        return 1, [f"rejected  {r.reason}", f"  at {show(r.at)}", f"  found {show(r.found)}", f"  needed {show(r.needed)}"]
    except Incomplete as error:
        return 3, [f"incomplete  {error}"]
    except (OSError, ValueError) as error:  # ValueError: a zero byte in a path
        return 2, [f"unreadable  {error}"]
    return 0, ["accepted"]


def main(arguments):
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    sys.stdin.reconfigure(encoding="utf-8", errors="surrogateescape")
    if arguments == ["--batch"]:
        for line in sys.stdin:
            certificate_path, _, case_path = line.rstrip("\r\n").partition("\t")
            code, lines = answer(certificate_path, case_path)
            print(" ".join(lines[0].split()[:2 if code == 1 else 1]), flush=True)
        return 0
    if len(arguments) == 3 and arguments[0] == "--case":
        arguments = arguments[2:] + arguments[:2]
    if len(arguments) != 3 or arguments[1] != "--case":
        print("usage: audit.py CERT --case CASE | audit.py --batch", file=sys.stderr)
        return 2
    code, lines = answer(arguments[0], arguments[2])
    print("\n".join(lines), file=sys.stderr if code == 2 else sys.stdout)
    return code


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (BrokenPipeError, KeyboardInterrupt):
        os._exit(2)
