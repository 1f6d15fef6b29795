//! Where the smaller root of `x^a (1 − x)^b = c` lies, in floats.

/// Newton steps at most; the iteration is monotone and quadratic, so few are used.
const STEPS: usize = 100;

/// The smaller root, as `mantissa · 2^exponent`, of `x^a (1 − x)^b = c` with `c = c_mantissa · 2^c_exponent`.
///
/// In `y = ln x` the equation is concave and increasing left of its root, so Newton's method from the left
/// never overshoots.
pub fn smaller_root(a: u32, b: u32, c_mantissa: f64, c_exponent: i64) -> (f64, i64) {
    let (a, b) = (f64::from(a), f64::from(b));
    let ln_c = c_mantissa.ln() + c_exponent as f64 * std::f64::consts::LN_2;
    let top = (a / (a + b)).ln();
    let mut y = ln_c / a;
    for _ in 0..STEPS {
        let x = y.exp();
        let value = a * y + b * (-x).ln_1p() - ln_c;
        let slope = a - b * x / (1.0 - x);
        let next = y - value / slope;
        if !(next > y && next < top) {
            break;
        }
        y = next;
    }
    let binary = y / std::f64::consts::LN_2;
    let exponent = binary.floor();
    ((binary - exponent).exp2(), exponent as i64)
}
