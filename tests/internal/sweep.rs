//! Specs of sweeps: mistakes are refused at their place, points are numbered.

use crate::sweep::{Mistake, Spec};

/// A spec with its grid replaced.
fn spec(grid: &str) -> String {
    format!("columns = [\"objective\"]\n[grid]\n{grid}\n")
}

/// One mistake each: the mistake, and its line and column.
#[test]
fn specs_with_a_mistake_are_refused_at_its_place() {
    use crate::case::Mistake as C;
    use Mistake as M;
    let base = "widths = [4]\nlambda = 1e-3\nloss = \"mse\"\n";
    let with = |line: &str| spec(&format!("{base}{line}"));
    type Test = fn(&Mistake) -> bool;
    type Row = (String, Test, Option<(usize, usize)>);
    let rows: &[Row] = &[
        ("grid".to_owned(), |m| matches!(m, M::Case(C::Syntax { .. })), Some((1, 5))),
        (String::new(), |m| matches!(m, M::Case(C::MissingSection { section: "grid" })), None),
        (with("count = [3]"), |m| matches!(m, M::Case(C::UnknownKey { nearest: Some(n), .. }) if n == "counts"), Some((6, 1))),
        (with("counts = []"), |m| matches!(m, M::BadPoint { mistake: C::NoClasses, .. }), Some((6, 10))),
        (with("counts = [[3, 2], [3, 0]]"), |m| matches!(m, M::BadPoint { point: 1, mistake: C::EmptyClass { class: 2 }, .. }), Some((6, 10))),
        (with("counts = [[3, -2]]"), |m| matches!(m, M::Case(C::NegativeCount { class: 2 })), Some((6, 15))),
        (with("counts = [[3], [3]]"), |m| matches!(m, M::RepeatedValue { key: "counts" }), Some((6, 10))),
        (with("counts = [3]\nclasses = 2"), |m| matches!(m, M::TwoWays { one: "counts", other: "classes" }), Some((7, 11))),
        (with("classes = 3"), |m| matches!(m, M::Missing { key: "largest", .. }), Some((2, 1))),
        (with("classes = 3\nlargest = []"), |m| matches!(m, M::EmptyAxis { key: "largest" }), Some((7, 11))),
        (with("classes = 2.5\nlargest = 3"), |m| matches!(m, M::NotAWhole { key: "classes", .. }), Some((6, 11))),
        (with("classes = 2\nlargest = 3\nratio = 0.5"), |m| matches!(m, M::RatioBelowOne), Some((8, 9))),
        (with("classes = 2\nlargest = 3\nratio = 2"), |m| matches!(m, M::Missing { key: "shape", .. }), Some((2, 1))),
        (with("classes = 2\nlargest = 3\nshape = \"step\""), |m| matches!(m, M::WithoutEffect { key: "shape", .. }), Some((8, 9))),
        (with("classes = 2\nlargest = 3\nratio = 2\nshape = \"stairs\""), |m| matches!(m, M::Case(C::UnknownWord { .. })), Some((9, 9))),
        (with("classes = 2000\nlargest = 3\nratio = 2\nshape = \"long-tail\""), |m| matches!(m, M::NotAWhole { key: "classes", most: 1000, .. }), Some((6, 11))),
        (with("counts = [3]\nbias = \"first-layer\""), |m| matches!(m, M::Case(C::UnknownWord { .. })), Some((7, 8))),
        (with("counts = [3]\ndepth = 2"), |m| matches!(m, M::TwoWays { one: "widths", other: "depth" }), Some((7, 9))),
        (with("counts = [3]\nweights = 1\nfeatures = 1"), |m| matches!(m, M::WithoutEffect { key: "lambda", .. }), Some((4, 10))),
        (with("counts = [3]\nweights = 0"), |m| matches!(m, M::Case(C::NotPositive { key: "weights" })), Some((7, 11))),
        (with("counts = [3]\nweights = { from = 1, to = 2 }"), |m| matches!(m, M::BadRange { .. }), Some((7, 11))),
        (with("counts = [3]\nweights = { from = 1, to = 2, points = 1 }"), |m| matches!(m, M::NotAWhole { key: "points", .. }), Some((7, 40))),
        (with("counts = [3]\nweights = { from = 1, to = 2, points = 900, scale = \"log\", digits = 2 }"), |m| matches!(m, M::RangeRepeats { digits: 2 }), Some((7, 11))),
        (with("counts = [3]\nweights = { from = 0, to = 2, points = 9, scale = \"log\" }"), |m| matches!(m, M::BadRange { .. }), Some((7, 11))),
        (with("counts = [3]\nweights = { from = 1, to = 2, points = 9, step = 1 }"), |m| matches!(m, M::Case(C::UnknownKey { .. })), Some((7, 43))),
        (with("counts = [3]\nweights = { from = 1, to = 2, points = 9, digits = 1 }"), |m| matches!(m, M::BadRange { .. }), Some((7, 52))),
        (with("counts = [3]\nweights = { from = 1, to = 2, points = 9000 }\nfeatures = { from = 1, to = 2, points = 9000 }").replace("lambda = 1e-3\n", ""), |m| matches!(m, M::TooManyPoints { points: 81_000_000, .. }), Some((2, 1))),
        (spec("counts = [3]\nwidths = [0]\nlambda = 1\nloss = \"mse\""), |m| matches!(m, M::Case(C::ZeroWidth { layer: 1 })), Some((4, 11))),
        (spec("counts = [3]\nwidths = [4]\nloss = \"mse\""), |m| matches!(m, M::Missing { key: "weights", .. }), Some((2, 1))),
        (with("counts = [3]").replace("\"objective\"", "\"objectiv\""), |m| matches!(m, M::UnknownColumn { nearest: Some(n), .. } if n == "objective"), Some((1, 12))),
        (with("counts = [3]").replace("\"objective\"", "\"u\", \"u\""), |m| matches!(m, M::ColumnTwice { name: "u" }), Some((1, 17))),
        (with("counts = [3]").replace("\"objective\"", "\"gap\""), |m| matches!(m, M::ColumnNeedsTraining { name: "gap" }), Some((1, 12))),
        (with("counts = [3]").replace("\"objective\"", ""), |m| matches!(m, M::NoColumns), Some((1, 11))),
        ("digits = 0\n".to_owned() + &with("counts = [3]"), |m| matches!(m, M::NotAWhole { key: "digits", .. }), Some((1, 10))),
        (with("counts = [3, 2]\nsmoothing = [0, 1]"), |m| matches!(m, M::Case(C::SmoothingOutOfRange)), Some((7, 17))),
        (with("classes = 65\nlargest = 3\nsmoothing = { from = 0.1, to = 0.2, points = 2 }"), |m| matches!(m, M::Case(C::TooManyTargets { classes: 65 })), Some((8, 13))),
        (with("counts = [3, 2]\nsmoothing = 0.1\ntargets = [[1], [2]]"), |m| matches!(m, M::TwoWays { one: "targets", other: "smoothing" }), Some((7, 13))),
        (with("counts = [3, 2]\ntargets = [[1], [2], [3]]"), |m| matches!(m, M::BadPoint { mistake: C::WrongNumberOfTargets { found: 3, .. }, .. }), Some((7, 11))),
        (with("counts = [3, 2]\ntargets = [[1], 2]"), |m| matches!(m, M::Case(C::WrongType { .. })), Some((7, 17))),
        (with("counts = [3, 2]\nclass_weights = [[1, 2], [1]]"), |m| matches!(m, M::BadPoint { point: 1, mistake: C::WrongNumberOfClassWeights { found: 1, .. }, .. }), Some((7, 17))),
        (with("counts = [3, 2]\nlogit_shift = [1, 2]"), |m| matches!(m, M::BadPoint { mistake: C::AdjustedSquaredError, .. }), Some((5, 8))),
        (with("counts = [3, 2]\nlogit_scale = [1, 2, 3]").replace("mse", "ce"), |m| matches!(m, M::BadPoint { mistake: C::WrongAdjustment { key: "logit_scale", .. }, .. }), Some((7, 15))),
        (with("classes = 90000\nlargest = 3\nlogit_scale = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]").replace("mse", "ce"), |m| matches!(m, M::Case(C::WrongAdjustment { .. })), Some((8, 15))),
        (with("counts = [3, 2]\nbias_weight = 1"), |m| matches!(m, M::BadPoint { mistake: C::BiasWithoutBias, .. }), Some((7, 15))),
        (with("counts = [3, 2]\nbias = \"last-layer\"\nbias_weight = [0]"), |m| matches!(m, M::Case(C::NotPositive { key: "bias_weight" })), Some((8, 16))),
        (with("counts = [3]\n[training]\nseeds = []"), |m| matches!(m, M::Case(C::NoSeeds)), Some((8, 9))),
    ];
    for (text, expected, place) in rows {
        let refusal = match Spec::parse("spec.toml", text.as_bytes()) {
            Err(refusal) => refusal,
            Ok(_) => panic!("not refused:\n{text}"),
        };
        assert!(expected(&refusal.mistake), "{refusal}\n{text}");
        let found = refusal.place.as_ref().map(|p| (p.line, p.column));
        assert_eq!(found, *place, "{refusal}\n{text}");
        assert!(refusal.to_string().contains("\nhint: "), "{refusal}");
    }
}

/// Numbering, ranges and shapes, against counts and numbers worked out by hand.
#[test]
fn points_are_numbered_with_the_last_key_fastest() {
    let text = spec(
        "loss = \"mse\"\nclasses = [2, 4]\nlargest = 8\nratio = [1, 4]\nshape = \"step\"\nminority = 1\ndepth = 2\nwidth = 3\n\
         lambda = { from = 1e-2, to = \"1/50\", points = 3 }",
    );
    let spec = Spec::parse("spec.toml", text.as_bytes()).unwrap();
    assert_eq!(spec.points(), 12);
    let seven = spec.case_text(7);
    assert!(seven.contains("counts = [\"8*4\"]"), "{seven}");
    assert!(seven.contains("features = 0.015\n") && seven.contains("widths = [3, 3]"), "{seven}");
    let eleven = spec.case_text(11);
    assert!(eleven.contains("counts = [8, 8, 8, 2]") && eleven.contains("features = 0.02\n"), "{eleven}");
}

/// What a case may have beside counts and weights varies too: a value that is a list varies as a list of lists.
#[test]
fn terms_of_the_loss_vary() {
    let text = spec(
        "counts = [3, 2]\nwidths = [4]\nlambda = 1e-3\nloss = \"ce\"\nbias = \"last-layer\"\nbias_weight = [1, \"1/2\"]\n\
         smoothing = [0, 0.1]\nclass_weights = [[1, 1], [1, 3]]\nlogit_shift = [-1, -2]\n\
         logit_scale = [[1, 1], [[1, 2], [3, 4]]]",
    );
    let spec = Spec::parse("spec.toml", text.as_bytes()).unwrap();
    assert_eq!(spec.points(), 16);
    let all: Vec<String> = (0..16).map(|point| spec.case_text(point)).collect();
    for line in ["logit_shift = [-1, -2]\n", "bias = 1\n", "features = 0.001\n"] {
        assert!(all[0].contains(line), "{}", all[0]);
    }
    assert!(!all[0].contains("smoothing") && all[15].contains("smoothing = 0.1\n"));
    assert!(all[1].contains("logit_scale = [[1, 2], [3, 4]]\n") && all[0].contains("logit_scale = [1, 1]\n"));
    assert!(all[2].contains("class_weights = [1, 3]\n") && all[8].contains("bias = 0.5\n"), "{}", all[8]);
    let rows = spec.cases().iter().map(|case| case.problem().draft()).collect::<Vec<_>>();
    assert!((0..16).all(|i| (0..i).all(|j| rows[i] != rows[j])));
    let text =
        "counts = [3, 2]\nwidths = [4]\nlambda = 1\nloss = \"mse\"\ntargets = [[[1, 0], [2, 1]], [[1], [2]]]";
    let spec = Spec::parse("spec.toml", self::spec(text).as_bytes()).unwrap();
    assert!(spec.case_text(1).contains("targets = [[1], [2]]\n"));
}
