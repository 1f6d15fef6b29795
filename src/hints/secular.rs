//! Where the secular roots lie, in floats.

/// Steps of the bracketing search for one root.
const STEPS: usize = 60;

/// Where a root lies.
#[derive(Debug, Clone, Copy)]
pub struct RootHint {
    /// The index of the nearer count.
    pub pole: usize,
    /// The signed distance from it: accurate even when the root lies close to it.
    pub offset: f64,
    /// The slope of the sum at the root.
    pub slope: f64,
}

/// The root of `Σ m_g c_g/(c_g − μ)` between the neighbouring counts `counts[j] > counts[j + 1]`.
pub fn root(counts: &[f64], multiplicities: &[f64], j: usize) -> RootHint {
    let (pole, offset) = position(counts, multiplicities, j);
    let term = |(c, m): (&f64, &f64)| m * c / ((c - counts[pole]) - offset).powi(2);
    RootHint { pole, offset, slope: counts.iter().zip(multiplicities).map(term).sum() }
}

fn position(counts: &[f64], multiplicities: &[f64], j: usize) -> (usize, f64) {
    let gap = counts[j] - counts[j + 1];
    let sum_from = |pole: usize, offset: f64| -> f64 {
        let origin = counts[pole];
        counts.iter().zip(multiplicities).map(|(c, m)| m * c / ((c - origin) - offset)).sum()
    };
    let pole = if sum_from(j + 1, gap / 2.0) > 0.0 { j + 1 } else { j };
    let sign = if pole == j { -1.0 } else { 1.0 };
    // Multiplying by δ(gap − δ) removes both neighbouring poles; what is left is smooth, so interpolation works.
    let smooth = |δ: f64| sum_from(pole, sign * δ) * δ * (gap - δ) * sign;
    let own = multiplicities[pole] * counts[pole];
    let (mut low, mut f_low) = (0.0, -own * gap);
    let (mut high, mut f_high) = (gap / 2.0, smooth(gap / 2.0));
    for _ in 0..STEPS {
        let δ = (low * f_high - high * f_low) / (f_high - f_low);
        if !(δ > low && δ < high) {
            break;
        }
        let value = smooth(δ);
        if value < 0.0 {
            // Halving the far end's value (Illinois) keeps both ends moving.
            if (δ - low) < 1e-15 * δ {
                return (pole, sign * δ);
            }
            (low, f_low) = (δ, value);
            f_high /= 2.0;
        } else if value > 0.0 {
            if (high - δ) < 1e-15 * δ {
                return (pole, sign * δ);
            }
            (high, f_high) = (δ, value);
            f_low /= 2.0;
        } else {
            return (pole, sign * δ);
        }
        if high - low < 1e-15 * high {
            break;
        }
    }
    (pole, sign * low.midpoint(high))
}
