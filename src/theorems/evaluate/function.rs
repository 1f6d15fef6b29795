//! The table of functions.

use super::arguments::Evaluate;
use super::{factor, matrix, quantity, scalar, vector};
use crate::theorems::language::names::Function;
use crate::theory::curvature::Curvature;

/// The evaluator of every function.
pub(super) fn evaluator(function: Function) -> Evaluate {
    match function {
        Function::Norm => vector::norm,
        Function::Dot => vector::dot_of,
        Function::Cos => vector::cos,
        Function::Row => |of| vector::line(of, true),
        Function::Column => |of| vector::line(of, false),
        Function::Gram => factor::gram,
        Function::Rank => factor::rank,
        Function::Transpose => factor::transpose,
        Function::Strength => factor::strength,
        Function::Layer => factor::layer,
        Function::Product => factor::product,
        Function::Features => factor::features,
        Function::Trace => matrix::trace,
        Function::Entry => matrix::entry,
        Function::Identity => matrix::identity,
        Function::Simplex => matrix::simplex,
        Function::Ones => matrix::ones,
        Function::BestRank => matrix::best_rank,
        Function::Sqrt => scalar::sqrt,
        Function::Log => scalar::log,
        Function::Exp => scalar::exp,
        Function::Abs => scalar::abs,
        Function::Min => scalar::min,
        Function::Max => scalar::max,
        Function::Level => quantity::level,
        Function::LocalMinimum => quantity::local_minimum,
        Function::Index => |of| quantity::bent(of, Curvature::index),
        Function::Nullity => |of| quantity::bent(of, Curvature::nullity),
        Function::Semidefinite => matrix::semidefinite,
        Function::Probability => quantity::probability,
        Function::Gap => quantity::gap,
        Function::Target => quantity::target,
        Function::Collapsed => quantity::collapsed,
        Function::Merged => quantity::merged,
        Function::Kept => quantity::kept,
        Function::HasRoot => quantity::has_root,
        Function::HasDoubleRoot => quantity::has_double_root,
        Function::Metastable => quantity::metastable,
    }
}
