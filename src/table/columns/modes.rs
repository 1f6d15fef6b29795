//! Columns of the modes: one value for each distinct target.

use crate::exact::{Enclosure, root};
use crate::table::{Cell, Subject};
use crate::theory::closed_form;
use crate::theory::founding::{Founding, FoundingMode};

columns! {
    mu "μ" "$\\mu$" Mode Proven "distinct targets: squared singular values of the target matrix"
        => |s| s.per_mode(|_, m| s.proven(&m.mode.block.target_sq));
    multiplicity "modes" "modes" Mode Whole "modes that share a target"
        => |s| s.per_mode(|_, m| Cell::Whole(m.mode.block.multiplicity as u64));
    u "u" "$u$" Mode Proven "shrinkage of each distinct target (0: lost)"
        => |s| s.per_mode(|o, m| s.proven_or(&m.shrinkage().0, closed_form::shrinkage(o, m)));
    mode_fate "mode" "mode" Mode Words "kept, collapsed, tie, cut or undecided"
        => |s| s.per_mode(|_, m| Cell::Word(m.fate.word().to_owned()));
    band "band" "band" Mode Words "global, metastable or none"
        => |s| s.per_mode(|_, m| Cell::Word(m.mode.band.word().to_owned()));
    margin "μ/μ_min" "$\\mu/\\mu_{\\min}$" Mode Proven "target over threshold: above 1 a mode is worth keeping"
        => |s| {
            s.per_mode(|o, m| {
                let threshold = root(&o.law.threshold, o.law.depth, o.bits);
                threshold.recip().map_or(Cell::Nothing, |t| s.proven(&(&m.mode.block.target_sq * &t)))
            })
        };
    b_over_n "b/n" "$b/n$" Mode Proven "the founding paper's b/n with n = μ; kept below (M − 1)^((M−1)/M)"
        => |s| founding(s, |m| &m.ratio);
    x "x*" "$x^*$" Mode Proven "the founding paper's x*: x^M = u/(1 − u)"
        => |s| founding(s, |m| &m.x);
    s "s" "$s$" Mode Proven "singular value of W_1, the founding paper's s"
        => |s| founding(s, |m| &m.s);
    multiplier "Nλ_H/(1 − u)" "$N\\lambda_H/(1-u)$" Mode Proven "what the rows of W_M⋯W_1 are times the features (without a bias)"
        => |s| founding(s, |m| &m.multiplier);
    critical_product "Λ_max" "$\\Lambda_{\\max}$" Mode Proven "the largest Λ at which a mode is not lost"
        => |s| {
            let product = s.problem().regularization_product();
            s.per_mode(|o, m| s.proven(&o.law.critical_product(&m.mode.block.target_sq, &product)))
        };
}

/// A quantity of the founding paper for each mode.
fn founding(s: &Subject, pick: fn(&FoundingMode) -> &Enclosure) -> Cell {
    let found = s.optimum().and_then(|optimum| Founding::of(s.problem(), optimum));
    let Some(found) = found else { return Cell::Nothing };
    let copies = s.optimum().into_iter().flat_map(|o| &o.modes).map(|m| m.mode.block.multiplicity);
    Cell::list(found.modes.iter().map(|m| s.proven(pick(m))).zip(copies))
}
