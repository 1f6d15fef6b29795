//! Columns of the classes: one value for each group of equal ones.

use crate::exact::Enclosure;
use crate::table::{Cell, Subject};
use crate::theory::Known;
use crate::theory::closed_form::{self, ClosedForm};
use crate::theory::convex::Shallow;
use crate::theory::convex::closed::Balanced;
use crate::theory::geometry::Measures;

columns! {
    count "n_k" "$n_k$" Class Whole "samples of a class"
        => |s| match s.classes() {
            Some(_) => s.per_group(|_, row| Cell::Whole(row.count)),
            None => Cell::list(s.problem().counts().iter().map(|n| (Cell::Whole(*n), 1))),
        };
    equal_classes "classes" "classes" Class Whole "classes with that count"
        => |s| match s.classes() {
            Some(_) => s.per_group(|_, row| Cell::Whole(row.classes.len() as u64)),
            None => Cell::list(s.problem().counts().iter().map(|_| (Cell::Whole(1), 1))),
        };
    class_fate "fate" "fate" Class Words "kept, collapsed, merged or undecided"
        => |s| s.fates().map_or(Cell::Nothing, |all| {
            Cell::list(all.into_iter().map(|(fate, classes)| (Cell::Word(fate.word().to_owned()), classes)))
        });
    probability_gap "P_kk − P_jk" "$P_{kk}-P_{jk}$" Class Proven
        "cross-entropy, M = 1: own probability less that of a class it may be swapped with; 0 if they merge"
        => |s| {
            let Known::Shallow(found) = s.known() else { return Cell::Nothing };
            let gap = |k: usize| found.facts.roles.iter().find(|role| role.classes.contains(&k)).map(|role| &role.gap);
            Cell::list((0..found.facts.fates.len()).map(|k| (s.proven_if(gap(k)), 1)))
        };
    logit "own logit" "own logit" Class Proven "logit of a class mean on its own class"
        => |s| {
            let form = |g: usize| {
                let o = s.optimum().filter(|_| s.is_one_hot())?;
                closed_form::shrinkage(o, closed_form::of_group(o, g)?)
            };
            s.per_group(|g, row| match row.measures.as_ref().and_then(|m| m.logit.as_ref()) {
                Some(logit) => s.proven_or(logit, form(g)),
                None => Cell::Nothing,
            })
        };
    feature_norm "‖h_k‖" "$\\|h_k\\|$" Class Proven "norm of a class-mean feature"
        => |s| match s.known() {
            Known::Shallow(found) => closed(s, found, |c| &c.feature_norm),
            _ => norms(s, false),
        };
    classifier_norm "‖w_k‖" "$\\|w_k\\|$" Class Proven "norm of a classifier row"
        => |s| match s.known() {
            Known::Shallow(found) => closed(s, found, |c| &c.classifier_norm),
            _ => norms(s, true),
        };
}

/// Cross-entropy with equal counts: the same closed form for every class.
fn closed(s: &Subject, found: &Shallow, pick: fn(&Balanced) -> &Enclosure) -> Cell {
    let Some(closed) = found.balanced() else { return Cell::Nothing };
    Cell::list(s.problem().counts().iter().map(|_| (s.proven(pick(closed)), 1)))
}

fn norms(s: &Subject, classifier: bool) -> Cell {
    let form = |g: usize| -> Option<ClosedForm> {
        let (feature, row) = closed_form::norms(s.problem(), s.optimum().filter(|_| s.is_one_hot())?, g)?;
        Some(if classifier { row } else { feature })
    };
    let norm =
        |m: &Measures| if classifier { m.classifier_norm.clone() } else { Some(m.feature_norm.clone()) };
    s.per_group(|g, row| match row.measures.as_ref().and_then(norm) {
        Some(norm) => s.proven_or(&norm, form(g)),
        None => Cell::Nothing,
    })
}
