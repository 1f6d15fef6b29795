//! Columns of the modes: one value for each distinct target.

use crate::exact::root;
use crate::table::Cell;
use crate::theory::closed_form;

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
    critical_product "Λ_max" "$\\Lambda_{\\max}$" Mode Proven "the largest Λ at which a mode is not lost"
        => |s| {
            let product = s.problem().regularization_product();
            s.per_mode(|o, m| s.proven(&o.law.critical_product(&m.mode.block.target_sq, &product)))
        };
}
