//! The blocks of the Hessian at a critical point; the table of the module above, row by row.

use super::*;

/// A critical point, as its blocks see it.
pub(super) struct Blocks<'a> {
    problem: &'a Problem,
    optimum: &'a Optimum,
    bits: u32,
    roots: Vec<Active>,
    /// Copies of each distinct target that are zero.
    lost: Vec<usize>,
    /// `λ_0 = λ_H`, `λ_1 … λ_M`.
    λ: Vec<Rational>,
    /// Modes on roots, and all modes, with copies.
    used: Integer,
    asked: Integer,
}

/// Copies of one target on one root.
struct Active {
    root: Root,
    copies: usize,
    /// Whether the two roots are one.
    double: bool,
    target_sq: Enclosure,
    /// `u/(1 − u)`.
    κ: Enclosure,
    /// `1/(1 − u)`.
    stretch: Enclosure,
    /// `μ u (1 − u)/N`.
    energy: Enclosure,
}

fn number(q: &Rational) -> Enclosure {
    q.clone().into()
}

fn known(motion: Motion, copies: Integer, values: Vec<Enclosure>) -> Part {
    Part { motion, copies, negative: 0, gauge: 0, flat: 0, values: Values::Known(values) }
}

/// Blocks of two eigenvalues: the smaller one is negative where `order` is greater, and zero where it is equal.
fn signed(motion: Motion, copies: Integer, (small, large): (Enclosure, Enclosure), order: Ordering) -> Part {
    let flat = order == Ordering::Equal;
    let values = if flat { vec![large] } else { vec![small, large] };
    let negative = usize::from(order == Ordering::Greater);
    Part { negative, flat: usize::from(flat), ..known(motion, copies, values) }
}

impl<'a> Blocks<'a> {
    pub(super) fn of(problem: &'a Problem, optimum: &'a Optimum, choices: &[Choice]) -> Option<Self> {
        let (law, bits) = (&optimum.law, optimum.bits);
        let (mut roots, mut lost) = (Vec::new(), Vec::new());
        for (mode, (m, choice)) in optimum.modes.iter().zip(choices).enumerate() {
            if !m.mode.is_proven_equal() {
                return None;
            }
            lost.push(m.mode.block.multiplicity.checked_sub(choice.upper + choice.lower)?);
            for (copies, lower) in [(choice.upper, false), (choice.lower, true)] {
                if copies == 0 {
                    continue;
                }
                let at = if lower { m.mode.lower_root(law, bits)? } else { m.mode.upper_root(law)? };
                roots.push(Active {
                    root: Root { mode, lower },
                    copies,
                    double: m.mode.roots(law) == Roots::Double,
                    target_sq: m.mode.block.target_sq.clone(),
                    stretch: at.1.recip()?,
                    κ: &at.0 * &at.1.recip()?,
                    energy: m.mode.energy(law, &at),
                });
            }
        }
        if roots.len() > MAX_ROOTS {
            return None;
        }
        let used = roots.iter().map(|r| Integer::from(r.copies)).sum();
        let asked = optimum.modes.iter().map(|m| Integer::from(m.mode.block.multiplicity)).sum();
        let λ = std::iter::once(problem.features()).chain(problem.weights()).cloned().collect();
        Some(Self { problem, optimum, bits, roots, lost, λ, used, asked })
    }

    fn depth(&self) -> usize {
        self.problem.depth()
    }

    /// Columns that the loss sees: all samples, without their mean where there is a free bias.
    fn columns(&self) -> Integer {
        Integer::from(self.problem.samples()) - Integer::from(u8::from(self.biased()))
    }

    fn biased(&self) -> bool {
        self.problem.bias() == Bias::LastLayer
    }

    /// Directions of hidden layer `l` (from 1) that no mode uses.
    fn unused(&self, l: usize) -> Integer {
        Integer::from(self.problem.widths()[l - 1]) - &self.used
    }

    pub(super) fn parts(&self) -> Option<Vec<Part>> {
        let mut parts = Vec::new();
        for (i, p) in self.roots.iter().enumerate() {
            parts.push(self.strength(p));
            for q in &self.roots[..i] {
                parts.push(self.pair(q, p, Integer::from(q.copies) * Integer::from(p.copies))?);
            }
            let copies = Integer::from(p.copies);
            let twins = &copies * (&copies - Integer::one()) / Integer::from(2);
            if !twins.is_zero() {
                parts.push(self.pair(p, p, twins)?);
            }
            self.beside(p, &copies, &mut parts)?;
        }
        self.elsewhere(&mut parts)?;
        Some(parts)
    }

    fn strength(&self, p: &Active) -> Part {
        let (motion, copies, m) = (Motion::Strength(p.root), Integer::from(p.copies), self.depth());
        let (negative, flat) = (usize::from(p.root.lower), usize::from(p.double));
        let rest = &p.κ - &Enclosure::one();
        let values = match self.λ.iter().all(|λ| *λ == self.λ[0]) {
            // 2λ, and λ (2 + (κ − 1) L) in the direction of all.
            true => {
                let λ = number(&self.λ[0]);
                let two = number(&(&self.λ[0] * whole(2)));
                let bent = &two + &(&λ * &(&rest * &Enclosure::from(m as u64 + 1)));
                let mut values = vec![two; m];
                if !p.double {
                    let first = p.root.lower || bent.middle() <= values[0].middle();
                    values.insert(if first { 0 } else { m }, bent);
                }
                Values::Known(values)
            }
            false => Values::Matrix(self.matrix(m + 1, |i, j| {
                let twice = if i == j { whole(2) } else { Rational::zero() };
                (i, j, &rest + &Enclosure::from(twice))
            })),
        };
        Part { motion, copies, negative, gauge: 0, flat, values }
    }

    /// The matrix with entries `√λ_i √λ_j x`, for `(i, j, x)` of each row and column.
    fn matrix(&self, n: usize, entry: impl Fn(usize, usize) -> (usize, usize, Enclosure)) -> Symmetric {
        let scaled = |row: usize, column: usize| {
            let (i, j, x) = entry(row, column);
            &number(&(&self.λ[i] * &self.λ[j])).sqrt(self.bits) * &x.rounded(self.bits)
        };
        Symmetric::of(
            &(0..n).map(|row| (0..=row).map(|column| scaled(row, column)).collect()).collect::<Vec<_>>(),
        )
    }

    fn pair(&self, p: &Active, q: &Active, copies: Integer) -> Option<Part> {
        let m = self.depth();
        // Powers of ρ² = t_q/t_p from −M to M, and those of ρ.
        let ratio = if p.root == q.root { Enclosure::one() } else { &q.energy * &p.energy.recip()? };
        let inverse = ratio.recip()?;
        let (root, inverse_root) = (ratio.sqrt(self.bits), inverse.sqrt(self.bits));
        let power = |e: i64| {
            let (base, root) = if e < 0 { (&inverse, &inverse_root) } else { (&ratio, &root) };
            let whole = base.pow(e.unsigned_abs() as u32 / 2);
            if e % 2 == 0 { whole } else { &whole * root }
        };
        let sum = |exponents: &mut dyn Iterator<Item = i64>| exponents.map(power).sum::<Enclosure>();
        let last = m as i64;
        let b = sum(&mut (0..last).map(|j| -2 * j));
        let w = sum(&mut (0..=last).map(|j| 2 * j));
        // (b·w)² = ρ^{2(M+1)} (Σ ρ^{−2m})².
        let even = sum(&mut (1..=last).map(|j| -2 * j));
        let bw = &power(2 * (last + 1)) * &(&even * &even);
        let border = &(&Enclosure::one() + &p.κ) - &b;
        let sign = (&(&border * &(&Enclosure::one() + &(&p.κ * &w))) + &(&p.κ * &bw)).sign();
        // Copies of one target on its two roots turn into each other at no cost.
        let same = p.root.mode == q.root.mode && p.root != q.root;
        let (negative, flat) = match if same { Ordering::Equal } else { sign? } {
            Ordering::Less => (1, 0),
            Ordering::Equal => (0, 1),
            Ordering::Greater => (0, 0),
        };
        // Rows: x_0 … x_M, z_0 … z_M.
        let entry = |row: usize, column: usize| {
            let (l, k) = (row % (m + 1), column % (m + 1));
            let (a, c) = (l as i64, k as i64);
            let value = match (row > m, column > m) {
                (false, false) => &p.κ * &power(a + c),
                (true, true) => &p.κ * &power(2 * last - a - c),
                // z_l with x_k.
                _ if k > l => -&power(c - a - 1),
                _ if k < l => -&power(c - a + 1),
                _ => Enclosure::zero(),
            };
            let own = if row == column { &value + &Enclosure::one() } else { value };
            (l, k, own)
        };
        let values = Values::Matrix(self.matrix(2 * (m + 1), entry));
        Some(Part { motion: Motion::Pair(p.root, q.root), copies, negative, gauge: m, flat, values })
    }

    /// Blocks of one mode on a root with everything that is not on a root.
    fn beside(&self, p: &Active, copies: &Integer, parts: &mut Vec<Part>) -> Option<()> {
        let m = self.depth();
        let stretched = |l: usize| &number(&self.λ[l]) * &p.stretch;
        for l in 1..=m {
            let values = vec![number(&(&self.λ[l] + &self.λ[l - 1]))];
            let turn = known(Motion::Turn(p.root, l), copies * self.unused(l), values);
            parts.push(Part { gauge: 1, ..turn });
        }
        for (s, lost) in self.lost.iter().enumerate().filter(|(_, lost)| **lost > 0) {
            // Distinct targets are in order, the largest first.
            let order = p.root.mode.cmp(&s);
            let target = &self.optimum.modes[s].mode.block.target_sq;
            let ratio =
                if order == Ordering::Equal { Enclosure::one() } else { target * &p.target_sq.recip()? };
            let coupling = &number(&(&self.λ[0] * &self.λ[m])) * &ratio;
            let (small, large) = self.coupled(&self.λ[0], &self.λ[m], &coupling)?;
            let ends = (&small * &p.stretch, &large * &p.stretch);
            parts.push(signed(Motion::Swap(p.root, s), copies * Integer::from(*lost), ends, order));
        }
        parts.push(known(
            Motion::Spread(p.root),
            copies * (self.columns() - &self.asked),
            vec![stretched(0)],
        ));
        let outputs = Integer::from(self.problem.classes()) - &self.asked;
        parts.push(known(Motion::Unasked(p.root), copies * outputs, vec![stretched(m)]));
        if self.biased() {
            // (A, 1; c) with A = λ_0/(1 − u), c² = λ_0 κ: the determinant is λ_0.
            let coupling = &number(&self.λ[0]) * &p.κ;
            let (small, large) =
                self.two(&stretched(0), &Enclosure::one(), &coupling, &number(&self.λ[0]))?;
            parts.push(known(Motion::Bias, copies.clone(), vec![small, large]));
        }
        Some(())
    }

    /// The eigenvalues of `(a, d; √c)`, the smaller by the determinant, so that it keeps its digits and its sign.
    fn two(
        &self,
        a: &Enclosure,
        d: &Enclosure,
        c: &Enclosure,
        determinant: &Enclosure,
    ) -> Option<(Enclosure, Enclosure)> {
        let (trace, difference) = (a + d, a - d);
        let root = (&(&difference * &difference) + &(&Enclosure::from(4) * c)).sqrt(self.bits);
        let large = (&trace + &root).over(&whole(2));
        Some((determinant * &large.recip()?, large))
    }

    /// The same of two weights.
    fn coupled(&self, a: &Rational, d: &Rational, c: &Enclosure) -> Option<(Enclosure, Enclosure)> {
        self.two(&number(a), &number(d), c, &(&number(&(a * d)) - c))
    }

    /// Blocks without a mode on a root.
    fn elsewhere(&self, parts: &mut Vec<Part>) -> Option<()> {
        let m = self.depth();
        let outputs = Integer::from(self.problem.classes());
        let idle = |l: usize, copies: Integer| known(Motion::Idle(l), copies, vec![number(&self.λ[l])]);
        if m == 1 {
            let law = &self.optimum.law;
            for (s, lost) in self.lost.iter().enumerate().filter(|(_, lost)| **lost > 0) {
                let target = &self.optimum.modes[s].mode.block.target_sq;
                let order = target.compare(&law.numerator.clone().into())?;
                let coupling = target.over(&(&law.samples * &law.samples));
                let ends = self.coupled(&self.λ[0], &self.λ[1], &coupling)?;
                parts.push(signed(Motion::Birth(s), self.unused(1) * Integer::from(*lost), ends, order));
            }
            parts.push(idle(0, self.unused(1) * (self.columns() - &self.asked)));
            parts.push(idle(1, self.unused(1) * (&outputs - &self.asked)));
        } else {
            parts.push(idle(0, self.unused(1) * (self.columns() - &self.used)));
            (1..m).for_each(|l| parts.push(idle(l, self.unused(l + 1) * self.unused(l))));
            parts.push(idle(m, (&outputs - &self.used) * self.unused(m)));
        }
        if self.biased() {
            parts.push(known(Motion::Bias, outputs - &self.used, vec![Enclosure::one()]));
            parts.push(idle(0, self.unused(1)));
        }
        Some(())
    }
}
