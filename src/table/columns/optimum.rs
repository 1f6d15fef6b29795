//! Columns of the optimum: what is proven of a whole case.

use crate::exact::{Enclosure, Rational, root};
use crate::table::{Cell, Subject};
use crate::theory::ClassFate;
use crate::theory::closed_form;
use crate::theory::curvature::{Curvature, Extreme};
use std::cmp::Ordering;

columns! {
    objective "f*" "$f^*$" Case Proven "the optimal objective"
        => |s| match s.optimum() {
            Some(o) => s.proven_or(&o.objective, closed_form::objective(o)),
            None => s.proven_if(s.known().objective().as_ref()),
        };
    optimum "optimum" "optimum" Case Words "how far the optimum is unique: unique, tie, rank-tie, zero or undecided"
        => |s| Cell::Word(s.known().uniqueness().word().to_owned());
    rank "rank" "rank" Case Whole "rank of the optimal logits before the bias: active modes"
        => |s| s.optimum().map_or(Cell::Nothing, |o| Cell::Whole(o.rank() as u64));
    zero_targets "zero targets" "zero targets" Case Whole "modes whose target is zero"
        => |s| s.optimum().map_or(Cell::Nothing, |o| Cell::Whole(o.zeros as u64));
    collapsed "collapsed" "collapsed" Case Whole "classes whose mean feature is zero"
        => |s| fated(s, |fate| matches!(fate, ClassFate::Collapsed));
    merged "merged" "merged" Case Whole "classes whose mean feature is another's too"
        => |s| fated(s, |fate| matches!(fate, ClassFate::Merged(_)));
    energy "energy" "$\\lambda\\|W\\|^2$" Case Proven "λ_l‖W_l‖² = λ_H‖H‖², the same in each factor"
        => |s| {
            let Some(o) = s.optimum() else { return Cell::Nothing };
            o.energy.as_ref().map_or(Cell::Nothing, |x| s.proven_or(x, closed_form::energy(o)))
        };
    price "price" "price" Case Proven "what one more unit of rank would lower the objective by"
        => |s| s.optimum().map_or(Cell::Nothing, |o| s.proven(&o.price()));
    threshold "μ_min" "$\\mu_{\\min}$" Case Proven "the target μ above which a mode is kept"
        => |s| {
            let Some(o) = s.optimum() else { return Cell::Nothing };
            s.proven_or(&root(&o.law.threshold, o.law.depth, o.bits), Some(closed_form::threshold(o)))
        };
    slowest_rate "slowest" "$\\kappa_{\\min}$" Case Proven "smallest positive eigenvalue of the Hessian at the optimum"
        => |s| eigenvalue(s, |c| c.slowest(BITS));
    stiffness "stiffest" "$\\kappa_{\\max}$" Case Proven "largest eigenvalue of the Hessian at the optimum"
        => |s| eigenvalue(s, |c| c.largest(BITS));
    feature_cosine_least "cos h least" "$\\min\\cos(h_j,h_k)$" Case Proven "least cosine of two class means"
        => |s| cosine(s, false, Ordering::Less);
    feature_cosine_greatest "cos h greatest" "$\\max\\cos(h_j,h_k)$" Case Proven "greatest cosine of two class means"
        => |s| cosine(s, false, Ordering::Greater);
    classifier_cosine_least "cos w least" "$\\min\\cos(w_j,w_k)$" Case Proven "least cosine of two classifier rows"
        => |s| cosine(s, true, Ordering::Less);
    classifier_cosine_greatest "cos w greatest" "$\\max\\cos(w_j,w_k)$" Case Proven "greatest cosine of two classifier rows"
        => |s| cosine(s, true, Ordering::Greater);
}

/// Bits of an eigenvalue.
const BITS: u32 = 64;

fn eigenvalue(s: &Subject, which: impl Fn(&Curvature) -> Option<Extreme>) -> Cell {
    s.curvature().and_then(which).map_or(Cell::Nothing, |extreme| s.proven(&extreme.value))
}

/// Classes with a fate; nothing where some class's is open.
fn fated(s: &Subject, fate: impl Fn(&ClassFate) -> bool) -> Cell {
    match s.fates() {
        Some(all) if all.iter().all(|(found, _)| **found != ClassFate::Undecided) => {
            Cell::Whole(all.iter().filter(|(found, _)| fate(found)).map(|(_, classes)| *classes as u64).sum())
        }
        _ => Cell::Nothing,
    }
}

/// The least or greatest cosine of two different classes' vectors, where both are not zero.
fn cosine(s: &Subject, classifier: bool, end: Ordering) -> Cell {
    let (Some(gram), Some(optimum)) = (s.gram(), s.optimum()) else { return Cell::Nothing };
    let matrix = if classifier { &gram.classifier } else { &gram.features };
    let pairs = (0..matrix.len()).flat_map(|i| (0..i).map(move |j| (i, j)));
    let cosine = |(i, j): (usize, usize)| {
        let inverse = (&matrix[i][i] * &matrix[j][j]).sqrt(optimum.bits).recip()?;
        Some(&matrix[i][j] * &inverse)
    };
    let all: Vec<Enclosure> = pairs.filter_map(cosine).collect();
    // The extreme value lies between the extreme lower ends and the extreme upper ends.
    let pick = |values: Vec<Rational>| match end {
        Ordering::Less => values.into_iter().min(),
        _ => values.into_iter().max(),
    };
    let low = pick(all.iter().map(Enclosure::lower).collect());
    let high = pick(all.iter().map(Enclosure::upper).collect());
    match (low, high) {
        (Some(low), Some(high)) => s.proven(&Enclosure::hull(&low, &high, optimum.bits)),
        _ => Cell::Nothing,
    }
}
