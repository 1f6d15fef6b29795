//! How broad a text is in the font of a LaTeX document, to a few per cent: what decides how a table is set.

/// Widths of Computer Modern's letters at 10 points, in hundredths of a point (its metrics, `cmr10.tfm`), with what is
/// as broad.
const LETTERS: &[(u32, &str)] = &[
    (278, "ijl.,:;!'|()[]"),
    (306, "fI"),
    (333, " -"),
    (390, "rst"),
    (444, "cez"),
    (500, "agoq/*0123456789"),
    (528, "kvxy"),
    (556, "bdhnpu‖"),
    (681, "ACEFLPT"),
    (750, "BDGHKNOQRSUVXYZ"),
    (778, "=+<>−~"),
    (833, "mw"),
    (1000, "MW…—"),
    (1220, "×"),
];
/// What is not listed: Greek letters and signs of formulas.
const OTHER: u32 = 650;
/// A dot between two factors, with its spaces, and the ten after it.
const TEN: f64 = 17.3;
/// Raised digits and signs, as a share of their size.
const RAISED: f64 = 0.8;

/// The breadth of a text in points at 10 points, a number's exponent as a power of ten.
pub(super) fn breadth(text: &str) -> f64 {
    let mut sum = 0.0;
    let mut raised = false;
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let follows = rest.peek().is_some_and(|next| next.is_ascii_digit() || *next == '-');
        if c == 'e' && before.is_ascii_digit() && follows {
            raised = true;
            sum += TEN;
        } else {
            raised &= c.is_ascii_digit() || c == '-';
            let width = LETTERS.iter().find(|(_, all)| all.contains(c)).map_or(OTHER, |(width, _)| *width);
            // A minus is as broad as a sum's sign.
            let width = if raised && c == '-' { 778 } else { width };
            sum += f64::from(width) / 100.0 * if raised { RAISED } else { 1.0 };
        }
        before = c;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    /// TeX's own widths: \\settowidth of these at 10 points.
    #[test]
    fn breadths_are_those_of_tex() {
        for (text, points) in [("0.0189421", 42.8), ("attained", 36.4), ("NC1", 19.7), ("6.81e-11", 49.2)] {
            let found = breadth(text);
            assert!((found - points).abs() < 0.06 * points, "{text}: {found}");
        }
    }
}
