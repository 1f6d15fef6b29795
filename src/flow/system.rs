//! What an integrator asks of a flow `θ' = −∇f(θ)`.

/// A flow whose gradients are kept in whatever form is cheap: states are vectors, gradients need not be.
pub trait System {
    /// A gradient, as the system keeps it.
    type Slope;

    /// Room for a gradient.
    fn room(&self) -> Self::Slope;

    /// Makes `out` the combination, and `slope` the gradient there.
    fn visit(&mut self, from: Combination<Self::Slope>, out: &mut [f64], slope: &mut Self::Slope) -> Seen;

    /// Makes `out` the combination; its squared norm.
    fn combine(&mut self, from: Combination<Self::Slope>, out: &mut [f64]) -> f64;

    /// The squared norm of a combination, without what it says of `out`.
    fn square(&mut self, from: Combination<Self::Slope>) -> f64;
}

/// What is seen at a state.
#[derive(Debug, Clone, Copy)]
pub struct Seen {
    /// The objective.
    pub objective: f64,
    /// The squared norm of the state.
    pub square: f64,
}

/// `Σ weight·state + descent·∇f(state)` over one or two states, plus `own` times what stands in the place of the result
/// (which is not read where `own` is zero).
#[derive(Debug)]
pub struct Combination<'a, S> {
    /// The states.
    pub terms: [Option<Term<'a, S>>; 2],
    /// The weight of what stands in the place of the result.
    pub own: f64,
}

/// A state, and the gradient there if it takes part.
#[derive(Debug)]
pub struct Term<'a, S> {
    /// The state.
    pub state: &'a [f64],
    /// Its weight.
    pub weight: f64,
    /// The gradient there with its weight.
    pub slope: Option<(f64, &'a S)>,
}

impl<S> Clone for Term<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Term<'_, S> {}

impl<S> Clone for Combination<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Combination<'_, S> {}

impl<'a, S> Term<'a, S> {
    /// A state without its gradient.
    pub fn of(weight: f64, state: &'a [f64]) -> Self {
        Self { state, weight, slope: None }
    }

    /// A state with the gradient there.
    pub fn with(weight: f64, state: &'a [f64], descent: f64, slope: &'a S) -> Self {
        Self { state, weight, slope: Some((descent, slope)) }
    }
}

impl<'a, S> Combination<'a, S> {
    /// One state.
    pub fn one(term: Term<'a, S>) -> Self {
        Self { terms: [Some(term), None], own: 0.0 }
    }

    /// Two states.
    pub fn two(first: Term<'a, S>, second: Term<'a, S>) -> Self {
        Self { terms: [Some(first), Some(second)], own: 0.0 }
    }

    /// The states that take part.
    pub fn terms(&self) -> impl Iterator<Item = Term<'a, S>> + use<'a, S> {
        self.terms.into_iter().flatten()
    }
}
