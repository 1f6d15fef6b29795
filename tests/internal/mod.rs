//! Tests of what the public surface does not show.

mod certificates;
mod checkers;
mod corpora;
mod cross_entropy;
mod curvature;
mod design;
mod differential;
mod figures;
mod fuzz;
mod laws;
mod mutation;
mod paper;
mod reference;
mod schema;
mod sweep;
mod theorems;
mod work;
