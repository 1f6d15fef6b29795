//! Columns of the case, as it is given.

use crate::case::Targets;
use crate::exact::{Integer, Rational};
use crate::table::Cell;

columns! {
    title "case" "case" Case Words "the case's title"
        => |s| Cell::Word(s.case().title().to_owned());
    path "file" "file" Case Words "the case's file"
        => |s| Cell::Word(s.case().name().to_owned());
    source "source" "source" Case Words "where the case comes from"
        => |s| Cell::words(s.case().source());
    counts "n_k" "$n_k$" Case Wholes "samples of each class, in the case's order"
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
    widths "widths" "widths" Case Wholes "widths d_1 … d_M"
        => |s| Cell::list(s.problem().widths().iter().map(|d| (Cell::Whole(*d), 1)));
    depth "M" "$M$" Case Whole "number of layers"
        => |s| Cell::Whole(s.problem().depth() as u64);
    rank_budget "R" "$R$" Case Whole "largest rank the widths leave, min(K, d_1 … d_M)"
        => |s| Cell::Whole(s.problem().rank_budget() as u64);
    bias "bias" "bias" Case Words "none or last-layer"
        => |s| Cell::Word(s.problem().bias().word().to_owned());
    outputs "outputs" "outputs" Case Whole "numbers a target has; as many as classes where targets are one-hot"
        => |s| Cell::Whole(s.problem().outputs() as u64);
    targets "targets" "targets" Case Words "one-hot, smoothed, given one by one, or their covariance"
        => |s| Cell::Word(match (s.problem().targets(), s.problem().targets().smoothing()) {
            (Targets::OneHot, _) => "one-hot",
            (_, Some(_)) => "smoothed",
            (Targets::Columns(_), _) => "given",
            (Targets::Covariance(_), _) => "covariance",
        }.to_owned());
    smoothing "smoothing" "smoothing" Case Proven "label smoothing, 0 for one-hot targets"
        => |s| s.problem().targets().smoothing().map_or(Cell::Nothing, Cell::Given);
    class_weights "ω_k" "$\\omega_k$" Case Numbers "weight of each class in the loss"
        => |s| Cell::list(s.problem().terms().class_weights.iter().map(|ω| (Cell::Given(ω.clone()), 1)));
    logit_shift "ι" "$\\iota$" Case Numbers "numbers added to the logits, class by class"
        => |s| adjustment(&s.problem().terms().logit_shift);
    logit_scale "δ" "$\\delta$" Case Numbers "numbers that the logits are multiplied by, class by class"
        => |s| adjustment(&s.problem().terms().logit_scale);
    bias_weight "λ_b" "$\\lambda_b$" Case Proven "regularisation of the bias; nothing where it is free or absent"
        => |s| s.problem().terms().bias.clone().map_or(Cell::Nothing, Cell::Given);
    loss "loss" "loss" Case Words "mse or ce"
        => |s| Cell::Word(s.problem().loss().word().to_owned());
    weights "λ_1…λ_M" "$\\lambda_1,\\dots,\\lambda_M$" Case Numbers "regularisation of the layers"
        => |s| Cell::list(s.problem().weights().iter().map(|q| (Cell::Given(q.clone()), 1)));
    features "λ_H" "$\\lambda_H$" Case Proven "regularisation of the features"
        => |s| Cell::Given(s.problem().features().clone());
    lambda_all "λ" "$\\lambda$" Case Proven "the regularisation of every factor, where all are equal"
        => |s| {
            let λ = s.problem().features();
            let all = s.problem().weights().iter().all(|q| q == λ);
            if all { Cell::Given(λ.clone()) } else { Cell::Nothing }
        };
    lambda_product "Λ" "$\\Lambda$" Case Proven "the product λ_H λ_1 ⋯ λ_M"
        => |s| s.proven(&s.problem().regularization_product().into());
}

/// One list where all classes have the same.
fn adjustment(columns: &[Vec<Rational>]) -> Cell {
    let same = columns.windows(2).all(|pair| pair[0] == pair[1]);
    let shown = if same { columns.get(..1) } else { Some(columns) };
    Cell::list(shown.into_iter().flatten().flatten().map(|q| (Cell::Given(q.clone()), 1)))
}
