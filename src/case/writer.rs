//! The case file, written: the reader beside it reads back what was written.

use super::{ClaimText, Decimal, Draft, Expect, Measured, Targets, Training};
use crate::exact::{Rational, exact_text};

/// What a case file is to say. A section or key that would say the default is left out.
#[derive(Debug, Clone, Copy)]
pub struct Writing<'a> {
    /// A comment above everything, one line.
    pub note: Option<&'a str>,
    /// The title.
    pub title: &'a str,
    /// Where the case comes from.
    pub source: Option<&'a str>,
    /// The problem; it need not be valid.
    pub problem: &'a Draft,
    /// How to train.
    pub training: &'a Training,
    /// What is expected.
    pub expect: &'a Expect,
    /// Claims of the case's own.
    pub claims: &'a [ClaimText],
}

/// A run of equal counts this long is written compactly.
const COMPACT: usize = 4;
/// A number of more characters is quoted: a bare whole number must fit in 64 bits.
const BARE: usize = 18;

impl Writing<'_> {
    /// The file.
    pub fn text(&self) -> String {
        let mut out = self.note.map_or(String::new(), |note| format!("# {}\n", note.replace('\n', " ")));
        line(&mut out, "title", quoted(self.title));
        if let Some(source) = self.source {
            line(&mut out, "source", quoted(source));
        }
        out += &self.network();
        out += &section("regularization", self.problem.regularization());
        out += &section("training", training(self.training));
        out += &section("expect", expected(self.expect));
        for claim in self.claims {
            out += &format!("\n[[claim]]\nid = {}\ntext = {}\n", quoted(&claim.id), quoted(&claim.text));
        }
        out
    }

    fn network(&self) -> String {
        let problem = self.problem;
        let runs = problem.counts.chunk_by(|a, b| a == b);
        let counts = runs.flat_map(|run| match run.len() >= COMPACT {
            true => vec![format!("\"{}*{}\"", run[0], run.len())],
            false => run.iter().map(ToString::to_string).collect(),
        });
        let mut out = String::new();
        line(&mut out, "counts", list(counts));
        line(&mut out, "widths", list(problem.widths.iter().map(ToString::to_string)));
        line(&mut out, "loss", quoted(problem.loss.word()));
        line(&mut out, "bias", quoted(problem.bias.word()));
        let columns =
            |columns: &[Vec<Rational>]| list(columns.iter().map(|column| list(column.iter().map(number))));
        match (&problem.targets, problem.targets.smoothing()) {
            (Targets::OneHot, _) => {}
            (_, Some(smoothing)) => line(&mut out, "smoothing", number(&smoothing)),
            (Targets::Columns(all), _) => line(&mut out, "targets", columns(all)),
            (Targets::Covariance(rows), _) => line(&mut out, "covariance", columns(rows)),
        }
        let terms = &problem.terms;
        if !terms.class_weights.is_empty() {
            line(&mut out, "class_weights", list(terms.class_weights.iter().map(number)));
        }
        for (key, all) in [("logit_shift", &terms.logit_shift), ("logit_scale", &terms.logit_scale)] {
            match all.as_slice() {
                [] => {}
                [first, rest @ ..] if rest.iter().all(|column| column == first) => {
                    line(&mut out, key, list(first.iter().map(number)));
                }
                all => line(&mut out, key, columns(all)),
            }
        }
        if terms.nonnegative {
            line(&mut out, "features", quoted("nonnegative"));
        }
        section("network", out)
    }
}

impl Measured {
    /// The `[measured]` section, with what is expected of the networks.
    pub fn section(&self) -> String {
        let text = |text: &Option<String>| text.as_deref().map(quoted);
        let texts = |all: &[String]| list(all.iter().map(|text| quoted(text)));
        let axis = |rows: bool| quoted(if rows { "rows" } else { "columns" });
        let mut out = String::new();
        let entries = [
            ("files", Some(texts(&self.files))),
            ("features", text(&self.features)),
            ("labels", text(&self.labels)),
            ("head", (!self.head.is_empty()).then(|| texts(&self.head))),
            ("bias", text(&self.bias)),
            ("transposed", self.transposed.then(|| "true".to_owned())),
            ("features_are", self.samples_are_rows.map(axis)),
            ("rest", self.rest.map(|rest| rest.to_string())),
            ("free", self.free.map(|free| free.to_string())),
            ("outcome", self.outcome.map(quoted)),
            ("gap", self.gap.as_ref().map(number)),
        ];
        for (key, text) in entries {
            if let Some(text) = text {
                line(&mut out, key, text);
            }
        }
        section("measured", out)
    }
}

impl Draft {
    /// The keys of the `[regularization]` section: one number where all layers have the same weight.
    pub(crate) fn regularization(&self) -> String {
        let mut out = String::new();
        let weights = match self.weights.as_slice() {
            [first, rest @ ..] if rest.iter().all(|λ| λ == first) => number(first),
            all => list(all.iter().map(number)),
        };
        line(&mut out, "weights", weights);
        line(&mut out, "features", number(&self.features));
        if let Some(λ) = &self.terms.bias {
            line(&mut out, "bias", number(λ));
        }
        out
    }
}

fn training(training: &Training) -> String {
    let (mut out, usual) = (String::new(), Training::default());
    let mut differing = |key: &str, differs: bool, text: String| {
        if differs {
            line(&mut out, key, text);
        }
    };
    differing("run", training.run != usual.run, training.run.to_string());
    differing("seeds", training.seeds != usual.seeds, list(training.seeds.iter().map(ToString::to_string)));
    differing("init", training.init != usual.init, number(&training.init));
    differing("tolerance", training.tolerance != usual.tolerance, number(&training.tolerance));
    differing("evaluations", training.evaluations != usual.evaluations, training.evaluations.to_string());
    out
}

fn expected(expect: &Expect) -> String {
    let decimal = |found: &Decimal| quoted(&found.text);
    let mut out = String::new();
    let entries = [
        ("verdict", expect.verdict.map(|verdict| quoted(verdict.word()))),
        ("theorem", expect.theorem.as_deref().map(quoted)),
        ("objective", expect.objective.as_ref().map(decimal)),
        ("etf", expect.etf.as_ref().map(decimal)),
        ("optimum", expect.optimum.map(|optimum| quoted(optimum.word()))),
        ("shrinkage", expect.shrinkage.as_ref().map(|all| list(all.iter().map(decimal)))),
        ("kept", expect.kept.map(|n| n.to_string())),
        ("attained", expect.attained.map(|n| n.to_string())),
    ];
    for (key, text) in entries {
        if let Some(text) = text {
            line(&mut out, key, text);
        }
    }
    out
}

fn line(out: &mut String, key: &str, value: String) {
    *out += &format!("{key} = {value}\n");
}

/// A heading with its lines, after an empty one; nothing without lines.
fn section(name: &str, lines: String) -> String {
    if lines.is_empty() { lines } else { format!("\n[{name}]\n{lines}") }
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

fn number(q: &Rational) -> String {
    let text = exact_text(q);
    if text.contains('/') || text.len() > BARE { format!("\"{text}\"") } else { text }
}

/// A text in quotes: single ones where that spares escapes, which the checkers do not read.
fn quoted(text: &str) -> String {
    let plain = |c: char| !c.is_control() && c != '\\';
    match text.chars().all(plain) {
        true if !text.contains('"') => format!("\"{text}\""),
        true if !text.contains('\'') => format!("'{text}'"),
        _ => {
            let escaped = |c: char| match c {
                '"' | '\\' => format!("\\{c}"),
                c if c.is_control() => format!("\\U{:08X}", u32::from(c)),
                c => c.to_string(),
            };
            format!("\"{}\"", text.chars().map(escaped).collect::<String>())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{Bias, Case, Loss, Terms, Uniqueness, Verdict};
    use crate::exact::{read_rational, whole};
    use proptest::prelude::*;

    fn positive() -> impl Strategy<Value = Rational> {
        prop_oneof![
            (1u64..1_000_000, 1u64..1_000_000).prop_map(|(p, q)| whole(p) / whole(q)),
            (1u64..1_000, -40i32..40)
                .prop_map(|(m, e)| read_rational(&format!("{m}e{e}")).expect("a decimal is a number")),
        ]
    }

    fn draft() -> impl Strategy<Value = Draft> {
        let shape = (1usize..9, 1usize..5, any::<bool>(), any::<bool>());
        shape.prop_flat_map(|(classes, depth, biased, other)| {
            let counts = prop::collection::vec(prop_oneof![Just(50u64), 1u64..1_000_000_000_000], classes);
            let widths = prop::collection::vec(1u64..1_000_000_000_000, depth);
            let weights = prop_oneof![
                positive().prop_map(move |λ| vec![λ; depth]),
                prop::collection::vec(positive(), depth)
            ];
            let entry = prop_oneof![positive(), positive().prop_map(|x| -x), Just(whole(0))];
            let columns = prop::collection::vec(prop::collection::vec(entry, classes), classes);
            (counts, widths, weights, positive(), columns, any::<bool>()).prop_map(
                move |(counts, widths, weights, features, columns, mse)| Draft {
                    counts,
                    widths,
                    loss: if mse || other { Loss::Mse } else { Loss::CrossEntropy },
                    bias: if biased { Bias::LastLayer } else { Bias::None },
                    targets: if other { Targets::Columns(columns) } else { Targets::OneHot },
                    weights,
                    features,
                    terms: Terms::default(),
                },
            )
        })
    }

    fn training() -> impl Strategy<Value = Training> {
        let seeds = prop::collection::btree_set(0..=i64::MAX as u64, 1..4);
        (any::<bool>(), seeds, positive(), 2u64..1_000, 1u64..100_000_000).prop_map(
            |(run, seeds, init, n, evaluations)| {
                let usual = Training::default();
                let tolerance = if n % 2 == 0 { usual.tolerance } else { whole(1) / whole(n) };
                let seeds = if n % 3 == 0 { usual.seeds } else { seeds.into_iter().collect() };
                Training { run, seeds, init, tolerance, evaluations }
            },
        )
    }

    fn expect() -> impl Strategy<Value = Expect> {
        let decimal = || {
            prop_oneof!["[0-9]{1,3}\\.[0-9]{1,30}", "[1-9]{1,4}/[1-9]{1,4}", "[1-9]e-[1-9]"]
                .prop_map(|text: String| Decimal::read(&text).expect("a decimal or a fraction"))
        };
        let verdict = prop::option::of(prop::sample::select(Verdict::ALL.to_vec()));
        let optimum = prop::option::of(prop::sample::select(Uniqueness::ALL.to_vec()));
        let shrinkage = prop::option::of(prop::collection::vec(decimal(), 0..4));
        let numbers = (prop::option::of(decimal()), prop::option::of(decimal()), shrinkage);
        let whole = prop::option::of((0..=i64::MAX as u64, 0u64..100));
        (verdict, ".*", numbers, optimum, whole).prop_map(
            |(verdict, theorem, (objective, etf, shrinkage), optimum, whole)| Expect {
                verdict,
                theorem: (verdict == Some(Verdict::Refuted)).then_some(theorem),
                objective,
                etf,
                optimum,
                shrinkage,
                kept: whole.map(|(kept, _)| kept),
                attained: whole.map(|(_, attained)| attained),
            },
        )
    }

    fn texts() -> impl Strategy<Value = String> {
        prop_oneof![any::<String>(), "[a-z\"'\\\\ \n\r\t#\\[\\]=]*"]
    }

    #[test]
    fn sections_of_networks_are_read_back() {
        let all = Measured {
            files: vec!["a b.npz".to_owned(), "epochs/2.npz".to_owned()],
            features: Some("h".to_owned()),
            labels: Some("y'".to_owned()),
            head: vec!["head.*".to_owned(), "last".to_owned()],
            bias: Some("b".to_owned()),
            transposed: true,
            samples_are_rows: Some(false),
            rest: Some(true),
            free: Some(false),
            outcome: Some("local-minimum"),
            gap: Some(whole(1) / whole(3)),
        };
        let few = Measured { files: vec!["net.npz".to_owned()], ..Measured::default() };
        let network = "[network]\ncounts = [3, 3]\nwidths = [2]\nloss = \"mse\"\nbias = \"none\"\n";
        for measured in [all, few] {
            let text =
                format!("{network}[regularization]\nweights = 1\nfeatures = 1\n{}", measured.section());
            let case = Case::parse("written", text.as_bytes()).expect(&text);
            assert_eq!(case.measured().map(|(found, _)| found), Some(&measured));
        }
    }

    proptest! {
        /// The reader reads what the writer wrote: reader(writer(case)) = case.
        #[test]
        fn what_is_written_is_read_back(
            (note, title, source) in (prop::option::of("[^\r\t\u{0}-\u{1f}\u{7f}]*"), texts(), prop::option::of(texts())),
            problem in draft(),
            training in training(),
            expect in expect(),
            claims in prop::collection::vec((texts(), texts()), 0..3),
        ) {
            let claims: Vec<ClaimText> =
                claims.into_iter().map(|(id, text)| ClaimText { id, text, span: None }).collect();
            let writing = Writing {
                note: note.as_deref(),
                title: &title,
                source: source.as_deref(),
                problem: &problem,
                training: &training,
                expect: &expect,
                claims: &claims,
            };
            let text = writing.text();
            let case = Case::parse("written", text.as_bytes());
            let case = case.map_err(|refusal| TestCaseError::fail(format!("{refusal}\n{text}")))?;
            prop_assert_eq!((case.title(), case.source()), (title.as_str(), source.as_deref()));
            prop_assert_eq!(case.problem().draft(), problem);
            prop_assert_eq!(case.training(), &training);
            prop_assert_eq!(case.expect(), &expect);
            let read: Vec<ClaimText> =
                case.claims().iter().map(|claim| ClaimText { span: None, ..claim.clone() }).collect();
            prop_assert_eq!(read, claims);
        }
    }
}
