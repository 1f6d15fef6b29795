//! Quantities of the problem and of the point: constants, indexed families, fates of classes and modes, levels.

use super::arguments::{Arguments, Evaluate};
use super::{Evaluated, Number, Stage, Value, factor, matrix, open, vector};
use crate::case::{Bias, Loss, Targets};
use crate::exact::{Integer, Rational, whole};
use crate::theorems::language::formula::{Shape, Term};
use crate::theorems::language::names::{Constant, Family, Function, Setting};
use crate::theorems::truth::Truth;
use crate::theorems::value::{Factor, Vector, Which};
use crate::theory::Band;
use crate::theory::curvature::Curvature;

pub(super) fn constant(stage: &Stage, constant: Constant) -> Evaluated<Value> {
    let (facts, point, problem) = (&stage.facts, &stage.point, stage.problem());
    let count = |n: usize| Number::from(whole(n as u64));
    let number = match constant {
        Constant::Classes => count(problem.outputs()),
        Constant::Groups => count(problem.classes()),
        Constant::Samples => whole(problem.samples()).into(),
        Constant::Depth => count(problem.depth()),
        Constant::Factors => count(problem.depth() + 1),
        Constant::RankBudget => count(problem.rank_budget()),
        Constant::Modes => count(facts.mode_count()?),
        Constant::Active => count(point.active()?),
        Constant::Product => problem.regularization_product().into(),
        Constant::FeatureWeight => problem.features().clone().into(),
        Constant::BiasWeight => match &problem.terms().bias {
            Some(λ) => λ.clone().into(),
            None => return open("the bias is not regularised"),
        },
        Constant::Objective => point.objective()?,
        Constant::SimplexObjective => point.simplex_objective()?,
        Constant::Energy => point.energy()?,
        Constant::LeastIndex => Rational::from(facts.least_index()?).into(),
        Constant::Adjusted => {
            let terms = problem.terms();
            return known(!terms.logit_shift.is_empty() || !terms.logit_scale.is_empty());
        }
        Constant::Nonnegative => return known(problem.terms().nonnegative),
        Constant::Logits => {
            factor::square_logits(stage)?;
            return Ok(stage.matrix(problem.classes(), |j, k| point.logit(j, k))?.into());
        }
        Constant::FullFeatures => return Ok(Factor::from(Which::FullFeatures).into()),
    };
    Ok(number.into())
}

/// A function of the logits that asks for less than all of them: one entry, or what a tie does not leave open.
pub(super) fn of_logits(function: Function, of: &[Term]) -> Option<Evaluate> {
    if !matches!(of, [Term { shape: Shape::Constant(Constant::Logits), .. }, ..]) {
        return None;
    }
    match function {
        Function::Entry => Some(|of| Ok(of.stage.point.logit(of.output()?, of.class()?)?.into())),
        Function::Trace => Some(|of| match constant(of.stage, Constant::Logits) {
            Ok(logits) => matrix::trace(&mut Arguments::new(of.stage, vec![logits])),
            Err(_) => Ok(of.stage.point.invariants()?.0.into()),
        }),
        Function::Norm => Some(|of| match constant(of.stage, Constant::Logits) {
            Ok(logits) => vector::norm(&mut Arguments::new(of.stage, vec![logits])),
            Err(_) => Ok(of.stage.facts.length(&of.stage.point.invariants()?.1).into()),
        }),
        _ => None,
    }
}

pub(super) fn setting(stage: &Stage, setting: Setting) -> Evaluated<&'static str> {
    let problem = stage.problem();
    Ok(match setting {
        // Under cross-entropy features of at least 0 make another optimum.
        Setting::Loss => match (problem.loss(), problem.has_plain_loss()) {
            (Loss::CrossEntropy, _) if problem.terms().nonnegative => "other_ce",
            (Loss::Mse, true) => "mse",
            (Loss::Mse, false) => "other_mse",
            (Loss::CrossEntropy, true) if *problem.targets() == Targets::OneHot => "ce",
            (Loss::CrossEntropy, _) => "other_ce",
        },
        Setting::Bias if problem.bias() == Bias::None => "none",
        Setting::Bias if problem.terms().bias.is_some() => "regularised",
        Setting::Bias => "last_layer",
        Setting::Targets if *problem.targets() == Targets::OneHot => "one_hot",
        Setting::Targets => "given",
        Setting::Optimum => stage.point.uniqueness()?.word(),
    })
}

pub(super) fn family(family: Family, index: &mut Arguments) -> Evaluated<Value> {
    let (facts, problem) = (&index.stage.facts, index.stage.problem());
    let number = match family {
        Family::Count => whole(problem.counts()[index.class()?]).into(),
        Family::OrderedCount => whole(facts.ordered_count(index.whole()?)?).into(),
        Family::ClassWeight => problem.class_weight(index.class()?).into(),
        Family::Width => whole(problem.widths()[index.layer()? - 1]).into(),
        Family::LayerWeight => problem.weights()[index.layer()? - 1].clone().into(),
        Family::TargetSquared => facts.target_sq(index.whole()?)?,
        Family::Shrinkage => index.stage.point.shrinkage(index.whole()?)?,
        Family::LargestRoot => facts.largest_root(index.whole()?)?,
        Family::LowerRoot => facts.lower_root(index.whole()?)?,
        Family::ClassifierRow => {
            return Ok(Vector::row(problem.depth(), index.output()?, Number::one()).into());
        }
        Family::MeanFeature => return Ok(Vector::column(1, index.class()?, Number::one()).into()),
    };
    Ok(number.into())
}

pub(super) fn level(of: &mut Arguments) -> Evaluated<Value> {
    let (a, b) = (of.whole()?, of.whole()?);
    Ok(of.stage.facts.level(a, b)?.into())
}

pub(super) fn local_minimum(of: &mut Arguments) -> Evaluated<Value> {
    let (a, b) = (of.whole()?, of.whole()?);
    known(of.stage.facts.local_minimum(a, b)?)
}

/// A count of eigenvalues of the Hessian with the modes `a … b` on their upper roots.
pub(super) fn bent(of: &mut Arguments, count: fn(&Curvature) -> Integer) -> Evaluated<Value> {
    let (a, b) = (of.whole()?, of.whole()?);
    Ok(Number::from(Rational::from(count(&of.stage.facts.curvature(a, b)?))).into())
}

pub(super) fn probability(of: &mut Arguments) -> Evaluated<Value> {
    Ok(of.stage.point.probability(of.output()?, of.class()?)?.into())
}

pub(super) fn gap(of: &mut Arguments) -> Evaluated<Value> {
    Ok(of.stage.point.gap(of.class()?, of.class()?)?.into())
}

pub(super) fn target(of: &mut Arguments) -> Evaluated<Value> {
    let (j, k) = (of.output()?, of.class()?);
    match of.stage.problem().targets() {
        Targets::Covariance(_) => open("there are no targets one by one"),
        _ => Ok(Number::from(of.stage.problem().target(k)[j].clone()).into()),
    }
}

pub(super) fn collapsed(of: &mut Arguments) -> Evaluated<Value> {
    known(of.stage.point.collapsed(of.class()?)?)
}

pub(super) fn merged(of: &mut Arguments) -> Evaluated<Value> {
    known(of.stage.point.merged(of.class()?, of.class()?)?)
}

pub(super) fn kept(of: &mut Arguments) -> Evaluated<Value> {
    known(of.stage.point.kept(of.whole()?)?)
}

pub(super) fn has_root(of: &mut Arguments) -> Evaluated<Value> {
    known(of.stage.facts.band(of.whole()?)? != Band::None)
}

pub(super) fn has_double_root(of: &mut Arguments) -> Evaluated<Value> {
    known(of.stage.facts.has_double_root(of.whole()?)?)
}

pub(super) fn metastable(of: &mut Arguments) -> Evaluated<Value> {
    known(of.stage.facts.band(of.whole()?)? == Band::Metastable)
}

fn known(holds: bool) -> Evaluated<Value> {
    Ok(Truth::from(holds).into())
}
