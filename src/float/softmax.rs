//! The softmax of one sample's logits.

/// Turns logits `z` into probabilities `p_j = e^{z_j}/Σ_i e^{z_i}`, `class` being the sample's own.
///
/// - Returns the cross-entropy `ln Σ_i e^{z_i} − z_class` and `1 − p_class`.
/// - Both keep their digits where `p_class` is close to one; logits of any finite size do not overflow.
pub fn softmax(logits: &mut [f64], class: usize) -> (f64, f64) {
    let most = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let own = logits[class];
    // The sum without its largest member, so that ln(1 + rest) keeps its digits.
    let largest = logits.iter().position(|z| *z == most).unwrap_or(0);
    logits.iter_mut().for_each(|z| *z = libm::exp(*z - most));
    let rest: f64 = logits.iter().enumerate().filter(|(j, _)| *j != largest).map(|(_, e)| e).sum();
    let sum = 1.0 + rest;
    logits.iter_mut().for_each(|e| *e /= sum);
    let others = logits.iter().enumerate().filter(|(j, _)| *j != class).map(|(_, p)| p).sum();
    (most - own + libm::log1p(rest), others)
}

#[cfg(test)]
mod tests {
    use super::softmax;

    #[test]
    fn it_is_the_textbook_formula_where_that_has_digits() {
        let z = [0.3, -1.2, 2.0, 0.0];
        let sum: f64 = z.iter().map(|z: &f64| z.exp()).sum();
        for class in 0..4 {
            let mut p = z;
            let (loss, others) = softmax(&mut p, class);
            assert!((loss - (sum.ln() - z[class])).abs() < 1e-15);
            assert!((others - (1.0 - z[class].exp() / sum)).abs() < 1e-15);
            assert!(p.iter().zip(z).all(|(p, z)| (p - z.exp() / sum).abs() < 1e-15));
        }
    }

    #[test]
    fn small_losses_keep_their_digits_and_large_logits_do_not_overflow() {
        // ln(1 + 2e^{-50}) = 2e^{-50} to all digits.
        let small = 2.0 * (-50f64).exp();
        let (loss, others) = softmax(&mut [50.0, 0.0, 0.0], 0);
        assert!((loss / small - 1.0).abs() < 1e-14 && (others / small - 1.0).abs() < 1e-14);
        let (loss, others) = softmax(&mut [-1e300, 1e300], 0);
        assert!(loss == 2e300 && others == 1.0);
    }
}
