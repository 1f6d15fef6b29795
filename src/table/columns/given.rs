//! Columns of the case, as it is given.

use crate::exact::{Integer, Rational};
use crate::table::Cell;

columns! {
    title "case" "case" Case Words "the case's title"
        => |s| Cell::Word(s.case().title().to_owned());
    path "file" "file" Case Words "the case's file"
        => |s| Cell::Word(s.case().name().to_owned());
    source "source" "source" Case Words "where the case comes from"
        => |s| Cell::words(s.case().source());
    counts "n_k" "$n_k$" Case Words "samples of each class, in the case's order"
        => |s| Cell::list(s.problem().counts().iter().map(|n| (Cell::Whole(*n), 1)));
    classes "K" "$K$" Case Whole "number of classes"
        => |s| Cell::Whole(s.problem().classes() as u64);
    samples "N" "$N$" Case Whole "number of samples"
        => |s| Cell::Whole(s.problem().samples());
    ratio "n_max/n_min" "$n_{\\max}/n_{\\min}$" Case Proven "imbalance: largest count over smallest"
        => |s| {
            let counts = s.problem().counts();
            let end = |n: Option<&u64>| Integer::from(n.copied().unwrap_or(1));
            s.proven(&Rational::new(end(counts.iter().max()), end(counts.iter().min())).into())
        };
    widths "widths" "widths" Case Words "widths d_1 … d_M"
        => |s| Cell::list(s.problem().widths().iter().map(|d| (Cell::Whole(*d), 1)));
    depth "M" "$M$" Case Whole "number of layers"
        => |s| Cell::Whole(s.problem().depth() as u64);
    rank_budget "R" "$R$" Case Whole "largest rank the widths leave, min(K, d_1 … d_M)"
        => |s| Cell::Whole(s.problem().rank_budget() as u64);
    bias "bias" "bias" Case Words "none or last-layer"
        => |s| Cell::Word(s.problem().bias().word().to_owned());
    loss "loss" "loss" Case Words "mse or ce"
        => |s| Cell::Word(s.problem().loss().word().to_owned());
    weights "λ_1…λ_M" "$\\lambda_1,\\dots,\\lambda_M$" Case Words "regularisation of the layers"
        => |s| Cell::list(s.problem().weights().iter().map(|q| (Cell::Given(q.clone()), 1)));
    features "λ_H" "$\\lambda_H$" Case Proven "regularisation of the features"
        => |s| Cell::Given(s.problem().features().clone());
    lambda "λ" "$\\lambda$" Case Proven "the regularisation of every factor, where all are equal"
        => |s| {
            let λ = s.problem().features();
            let all = s.problem().weights().iter().all(|q| q == λ);
            if all { Cell::Given(λ.clone()) } else { Cell::Nothing }
        };
    Lambda "Λ" "$\\Lambda$" Case Proven "the product λ_H λ_1 ⋯ λ_M"
        => |s| s.proven(&s.problem().regularization_product().into());
}
