//! Words in LaTeX: what is beyond ASCII becomes a command of the kernel's, or the letter that its fonts compose.

use super::style::TEXT;

/// Words in which nothing is markup.
pub(super) fn escaped(text: &str) -> String {
    (TEXT.word)(text).chars().map(character).collect()
}

fn character(c: char) -> String {
    match c {
        '\\' => "\\textbackslash{}".to_owned(),
        '~' => "\\textasciitilde{}".to_owned(),
        '^' => "\\textasciicircum{}".to_owned(),
        '<' | '>' | '|' => format!("${c}$"),
        '"' => "''".to_owned(),
        '#' | '$' | '%' | '&' | '_' | '{' | '}' => format!("\\{c}"),
        c if c.is_ascii() || is_composed(c) => c.to_string(),
        c => match (WORDS.iter().find(|(sign, _)| *sign == c), MATH.iter().find(|(sign, _)| *sign == c)) {
            (Some((_, word)), _) => (*word).to_owned(),
            (_, Some((_, command))) => format!("${command}$"),
            _ => raised(c).unwrap_or_else(|| format!("{{\\ttfamily U+{:04X}}}", u32::from(c))),
        },
    }
}

/// Letters that every font encoding composes: the Latin ones, without those that need a font of their own.
fn is_composed(c: char) -> bool {
    const OWN: &str = "ÐÞð÷þ×ĄąĐđĘęĦħĮįĸŉŊŋŦŧŲųſ";
    ('\u{c0}'..='\u{17f}').contains(&c) && !OWN.contains(c)
}

/// Raised and lowered digits and signs.
fn raised(c: char) -> Option<String> {
    let place =
        |all: &str| all.chars().position(|sign| sign == c).and_then(|i| "0123456789+-=()".chars().nth(i));
    let up = place("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾").map(|plain| format!("$^{{{plain}}}$"));
    up.or_else(|| place("₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎").map(|plain| format!("$_{{{plain}}}$")))
}

/// Signs of texts.
#[rustfmt::skip]
const WORDS: &[(char, &str)] = &[
    ('–', "--"), ('—', "---"), ('‘', "`"), ('’', "'"), ('“', "``"), ('”', "''"), ('…', "\\dots{}"),
    ('\u{a0}', "~"), ('\u{202f}', "\\,"), ('§', "\\S{}"), ('¶', "\\P{}"), ('†', "\\dag{}"),
    ('‡', "\\ddag{}"), ('©', "\\copyright{}"), ('£', "\\pounds{}"), ('¡', "!`"), ('¿', "?`"),
];

/// Signs of formulas.
#[rustfmt::skip]
const MATH: &[(char, &str)] = &[
    ('×', "\\times"), ('·', "\\cdot"), ('÷', "\\div"), ('±', "\\pm"), ('−', "-"), ('≤', "\\le"), ('≥', "\\ge"),
    ('≠', "\\ne"), ('≪', "\\ll"), ('≫', "\\gg"), ('≈', "\\approx"), ('∼', "\\sim"), ('∝', "\\propto"),
    ('→', "\\to"), ('←', "\\gets"), ('↔', "\\leftrightarrow"), ('⇒', "\\Rightarrow"), ('∞', "\\infty"),
    ('√', "\\surd"), ('∛', "\\sqrt[3]{}"), ('∜', "\\sqrt[4]{}"), ('½', "\\frac12"), ('¼', "\\frac14"),
    ('¾', "\\frac34"), ('⅓', "\\frac13"), ('⅔', "\\frac23"), ('‖', "\\|"), ('∥', "\\|"), ('⋯', "\\cdots"),
    ('ᵀ', "^\\top"), ('′', "'"), ('°', "^\\circ"), ('∇', "\\nabla"), ('∂', "\\partial"), ('∑', "\\sum"),
    ('∏', "\\prod"), ('∈', "\\in"), ('∩', "\\cap"), ('∪', "\\cup"), ('⊂', "\\subset"), ('⊗', "\\otimes"),
    ('⟨', "\\langle"), ('⟩', "\\rangle"), ('ℓ', "\\ell"), ('α', "\\alpha"), ('β', "\\beta"), ('γ', "\\gamma"),
    ('δ', "\\delta"), ('ε', "\\varepsilon"), ('ζ', "\\zeta"), ('η', "\\eta"), ('θ', "\\theta"), ('ι', "\\iota"),
    ('κ', "\\kappa"), ('λ', "\\lambda"), ('μ', "\\mu"), ('µ', "\\mu"), ('ν', "\\nu"), ('ξ', "\\xi"),
    ('ο', "o"), ('π', "\\pi"), ('ρ', "\\rho"), ('σ', "\\sigma"), ('ς', "\\varsigma"), ('τ', "\\tau"),
    ('υ', "\\upsilon"), ('φ', "\\varphi"), ('χ', "\\chi"), ('ψ', "\\psi"), ('ω', "\\omega"), ('Γ', "\\Gamma"),
    ('Δ', "\\Delta"), ('Θ', "\\Theta"), ('Λ', "\\Lambda"), ('Ξ', "\\Xi"), ('Π', "\\Pi"), ('Σ', "\\Sigma"),
    ('Υ', "\\Upsilon"), ('Φ', "\\Phi"), ('Ψ', "\\Psi"), ('Ω', "\\Omega"),
];

/// A note; formulas in it are set as formulas.
pub(super) fn note(text: &str) -> String {
    if text.starts_with("φ(c)") {
        return "$\\varphi(c) = \\frac34 - \\frac R2 + \\frac12\\sqrt{\\frac34 - R^2 + \\frac1{4R}}$ with \
                $R = \\sqrt{\\frac14 + y}$, $y = \\sqrt[3]{\\frac c2 + s} + \\sqrt[3]{\\frac c2 - s}$, \
                $s = \\sqrt{\\frac{c^2}4 - \\frac{64c^3}{27}}$."
            .to_owned();
    }
    FORMULAS.iter().fold(escaped(text), |text, (plain, latex)| text.replace(&escaped(plain), latex))
}

/// Formulas of notes in plain characters and in LaTeX.
const FORMULAS: [(&str, &str); 6] = [
    ("(f − f*)/f*", "$(f - f^*)/f^*$"),
    ("tr Σ_W / tr Σ_B", "$\\mathop{\\rm tr}\\Sigma_W/\\mathop{\\rm tr}\\Sigma_B$"),
    ("tr(Σ_W Σ_B⁺)/K", "$\\mathop{\\rm tr}(\\Sigma_W\\Sigma_B^+)/K$"),
    ("Σ_B", "$\\Sigma_B$"),
    ("W_M⋯W_1", "$W_M\\cdots W_1$"),
    ("H̄ᵀ", "$\\bar H^\\top$"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_beyond_ascii_become_latex() {
        assert_eq!(escaped("λ = 5·10⁻⁴, W₁"), "$\\lambda$ = 5$\\cdot$10$^{-}$$^{4}$, W$_{1}$");
        assert_eq!(escaped("Erdős & Łoś: 50% – „x“"), "Erdős \\& Łoś: 50\\% -- {\\ttfamily U+201E}x``");
        assert_eq!(escaped("Đ"), "{\\ttfamily U+0110}");
    }
}
