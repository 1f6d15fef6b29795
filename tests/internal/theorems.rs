//! Theorems: the catalogue, the language's refusals, what the search finds and what it does not.

use crate::case::{Case, Loss, Problem};
use crate::float::Triple;
use crate::flow::{Columns, Gradient, Network, Start};
use crate::measure::strengths::TargetFrame;
use crate::theorems::catalogue::Statement;
use crate::theorems::falsify::{self, Search, random_problem};
use crate::theorems::language::Formula;
use crate::theorems::language::formula::{Shape, Term};
use crate::theorems::language::names::Kind;
use crate::theorems::{
    Applicability, Budget, Judge, Place, Precision, Theorem, Truth, catalogue, language, place,
};
use crate::theory::Optimum;
use crate::theory::landscape::{Choice, Landscape};
use crate::verdict::Plan;
use crate::verdict::{Outcome, PredictedMatrices};
use num_traits::ToPrimitive;
use std::path::Path;

/// The embedded theorems that are false.
const FALSE: [&str; 2] = ["published-largest-root", "deep-ce-etf"];

fn wrong(id: &str) -> Theorem {
    let path = format!("{}/tests/theorems/{id}.toml", env!("CARGO_MANIFEST_DIR"));
    catalogue::from_file(Path::new(&path)).unwrap()
}

fn all_cases(folder: &Path, found: &mut Vec<Problem>) {
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            all_cases(&path, found);
        } else if path.extension().is_some_and(|e| e == "toml") {
            found.push(Case::read(&path).unwrap().problem().clone());
        }
    }
}

fn nothing(_: u64) {}

/// A statement without what would make it true by default: some instance for every `forall`, its `implies` with the
/// condition met, its `or` by the last part alone.
fn witnessed(term: &Term) -> Term {
    let boxed = |shape: Shape| Box::new(Term { shape, ..term.clone() });
    let denied = |part: &Term| Term { shape: Shape::Not(boxed(part.shape.clone())), ..part.clone() };
    let both = |parts: Vec<Term>| Term { shape: Shape::Both(parts), ..term.clone() };
    match &term.shape {
        Shape::Quantified { over, filter, body, .. } => {
            let (over, filter, body) = (over.clone(), filter.clone(), Box::new(witnessed(body)));
            Term { shape: Shape::Quantified { all: false, over, filter, body }, ..term.clone() }
        }
        Shape::Implies(left, right) => both(vec![(**left).clone(), witnessed(right)]),
        Shape::Both(parts) => both(parts.iter().map(witnessed).collect()),
        Shape::Either(parts) => witnessed(parts.last().unwrap()),
        Shape::Choice { condition, then, otherwise } if term.kind == Kind::Truth => {
            let met = both(vec![(**condition).clone(), witnessed(then)]);
            let unmet = both(vec![denied(condition), witnessed(otherwise)]);
            Term { shape: Shape::Either(vec![met, unmet]), ..term.clone() }
        }
        _ => term.clone(),
    }
}

/// Each theorem applies to a shipped case, each of its hypotheses fails on one, and each of its claims is true of something on
/// one whose optimum is not zero (unless the claim is about zero).
#[test]
fn no_theorem_is_vacuous() {
    let theorems = catalogue::embedded().unwrap_or_else(|refusal| panic!("{refusal}"));
    assert!(theorems.len() >= 50);
    let mut problems = Vec::new();
    all_cases(&Path::new(env!("CARGO_MANIFEST_DIR")).join("cases"), &mut problems);
    // Trees of deep cross-entropy take longest.
    problems.sort_by_key(|p| (p.loss() == Loss::CrossEntropy && p.depth() > 1, p.classes()));
    let is_zero = language::read("optimum = zero").unwrap();
    let mut fails: Vec<Vec<bool>> = theorems.iter().map(|t| vec![false; t.hypotheses.len()]).collect();
    let mut shown: Vec<Vec<bool>> = theorems.iter().map(|t| vec![false; t.claims.len()]).collect();
    for problem in &problems {
        let judge = Judge::of(problem);
        for (i, theorem) in theorems.iter().enumerate() {
            for (h, fails) in theorem.hypotheses.iter().zip(&mut fails[i]).filter(|(_, fails)| !**fails) {
                *fails = judge.judge(&h.formula) == Truth::Refuted;
            }
            let short = Theorem { claims: Vec::new(), ..theorem.clone() };
            if shown[i].iter().all(|shown| *shown)
                || short.judge(&judge).applicability != Applicability::Applies
            {
                continue;
            }
            let about_zero = theorem.claims.iter().any(|c| c.text == "optimum = zero");
            for (claim, shown) in theorem.claims.iter().zip(&mut shown[i]).filter(|(_, shown)| !**shown) {
                let formula = Formula { root: witnessed(&claim.formula.root), ..claim.formula.clone() };
                let speaks =
                    about_zero || claim.text.contains("zero") || judge.judge(&is_zero) != Truth::Proved;
                *shown = speaks && matches!(judge.judge(&formula), Truth::Proved | Truth::Agrees(_));
            }
        }
    }
    let mut missing = Vec::new();
    for ((theorem, fails), shown) in theorems.iter().zip(&fails).zip(&shown) {
        let of = |all: &[Statement], done: &[bool], what: &str| {
            let left = all.iter().zip(done).filter(|(_, done)| !**done);
            left.map(|(s, _)| format!("{}: {what} \"{}\"", theorem.id, s.name)).collect::<Vec<_>>()
        };
        missing.extend(of(&theorem.hypotheses, fails, "no case fails"));
        missing.extend(of(&theorem.claims, shown, "no case shows"));
        assert!(!theorem.source.is_empty() && !theorem.latex.is_empty(), "{}", theorem.id);
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn wrong_statements_are_refuted_and_their_counterexamples_reproduce() {
    let ids = [
        "largest-root-m2",
        "largest-root-m3",
        "largest-root-m6",
        "threshold-off-by-m",
        "ratio-without-root",
        "prefix-reversed",
    ];
    for id in ids {
        let theorem = wrong(id);
        let result =
            falsify::search(&theorem, Search { trials: 20_000, seed: 1, ..Search::default() }, &nothing);
        let found = result.counterexample.unwrap_or_else(|| panic!("{id} stands"));
        assert!(found.problem.classes() <= 3, "{id}: {:?}", found.problem);
        let text = falsify::case_file(&theorem, &found, 1, false);
        let case = Case::parse(id, text.as_bytes()).unwrap_or_else(|r| panic!("{id}: {r}\n{text}"));
        assert_eq!(case.problem(), &found.problem, "{id}");
        let judge = Judge::of(case.problem());
        assert_eq!(theorem.judge(&judge).truth(), Some(Truth::Refuted), "{id}");
        certifies(&case);
        let claim = language::read(&case.claims()[0].text).unwrap();
        assert_eq!(judge.judge(&claim), Truth::Refuted, "{id}");
    }
}

#[test]
fn nothing_refutes_what_is_proved() {
    for theorem in catalogue::embedded().unwrap().iter().filter(|t| !FALSE.contains(&t.id.as_str())) {
        // A trial of cross-entropy is a search for a network, and a tree.
        let trials = if theorem.speaks_of_entropy() { 24 } else { 2_000 };
        let result = falsify::search(theorem, Search { trials, seed: 2, ..Search::default() }, &nothing);
        assert_eq!(result.trials, trials);
        let about_mse = theorem.hypotheses.iter().any(|h| h.text == "loss = mse");
        assert!(result.applied > 0 || !about_mse, "{} never applied", theorem.id);
        assert!(
            result.counterexample.is_none(),
            "{}: {}",
            theorem.id,
            falsify::case_file(theorem, &result.counterexample.unwrap(), 2, true)
        );
    }
}

#[test]
fn a_search_is_the_same_for_any_number_of_threads() {
    let theorem = wrong("largest-root-m6");
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let found = pool.install(|| {
            falsify::search(&theorem, Search { trials: 20_000, seed: 3, ..Search::default() }, &nothing)
        });
        falsify::case_file(&theorem, &found.counterexample.unwrap(), 3, false)
    };
    assert_eq!(run(1), run(2));
}

#[test]
fn mutated_claims_never_panic_and_always_have_a_place() {
    let texts: Vec<String> = catalogue::embedded()
        .unwrap()
        .into_iter()
        .flat_map(|t| t.claims.into_iter().chain(t.hypotheses).map(|s| s.text).collect::<Vec<_>>())
        .collect();
    let pieces = [
        "(", ")", "[", "k", "forall", "in", "..", "1e999", "μ", "≤", ":", "^", "-", "é", "\u{0}", "norm", ",",
    ];
    // A small generator with fixed values.
    let mut state = 0x2545_f491_4f6c_dd1du64;
    let mut next = |sides: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % sides as u64) as usize
    };
    let mut refused = 0;
    let problem = random_problem(1, 4);
    for _ in 0..1000 {
        let mut characters: Vec<char> = texts[next(texts.len())].chars().collect();
        for _ in 0..1 + next(3) {
            let at = next(characters.len().max(1));
            match next(3) {
                0 if !characters.is_empty() => drop(characters.remove(at)),
                1 => characters.truncate(at),
                _ => {
                    let piece: Vec<char> = pieces[next(pieces.len())].chars().collect();
                    let at = at.min(characters.len());
                    characters.splice(at..at, piece);
                }
            }
        }
        let text: String = characters.into_iter().collect();
        match language::read(&text) {
            Ok(formula) => drop(Judge::of(&problem).judge(&formula)),
            Err(refusal) => {
                refused += 1;
                let span = refusal.span.clone();
                assert!(span.start <= span.end && span.end <= text.len(), "{text}: {refusal:?}");
                assert!(text.is_char_boundary(span.start) && text.is_char_boundary(span.end), "{text}");
                assert!(!refusal.to_string().is_empty() && refusal.mistake.hint().is_some(), "{refusal:?}");
            }
        }
    }
    assert!(refused > 500);
    for text in
        ["(".repeat(5000), "not ".repeat(4000), "1+".repeat(8000), "-".repeat(5000), "1^".repeat(8000)]
    {
        assert!(language::read(&text).is_err());
    }
}

#[test]
fn more_digits_never_contradict_fewer() {
    let theorems = catalogue::embedded().unwrap();
    for trial in 0..150 {
        let problem = random_problem(11, trial);
        if problem.loss() != Loss::Mse {
            continue;
        }
        let judge = Judge::of(&problem);
        for theorem in &theorems {
            for claim in &theorem.claims {
                let (first, last) = (judge.glance(&claim.formula), judge.in_full(&claim.formula));
                let name = format!("{}: {} at {problem:?}", theorem.id, claim.name);
                match first {
                    Truth::Proved => assert_eq!(last, Truth::Proved, "{name}"),
                    Truth::Refuted => assert_eq!(last, Truth::Refuted, "{name}"),
                    Truth::Agrees(d) => assert!(!matches!(last, Truth::Agrees(e) if e < d), "{name}: {last}"),
                    Truth::Undecided(_) => {}
                }
            }
        }
    }
}

#[test]
fn a_starved_judge_is_undecided_and_never_wrong() {
    let theorems = catalogue::embedded().unwrap();
    let whole = Budget::default();
    let digits = whole.first.digits;
    let starved = [
        Budget { steps: 0, ..whole.clone() },
        Budget { steps: 3, ..whole.clone() },
        Budget { steps: 40, ..whole.clone() },
        Budget { rewrites: 0, ..whole.clone() },
        Budget { rewrites: 1, ..whole.clone() },
        Budget { then: vec![Precision { digits, algebra: true }], ..whole.clone() },
        Budget { then: Vec::new(), ..whole.clone() },
    ];
    let mut lost = [0; 7];
    for trial in 0..30 {
        let problem = random_problem(12, trial);
        if problem.loss() != Loss::Mse {
            continue;
        }
        let full = Judge::of(&problem);
        let judges = starved.clone().map(|budget| Judge::of(&problem).within(budget));
        for statement in theorems.iter().flat_map(|t| t.claims.iter().chain(&t.hypotheses)) {
            let truth = full.judge(&statement.formula);
            for (judge, lost) in judges.iter().zip(&mut lost) {
                let found = judge.judge(&statement.formula);
                if matches!(found, Truth::Proved | Truth::Refuted) {
                    assert_eq!(found, truth, "{} at {problem:?}", statement.text);
                } else if found != truth {
                    *lost += 1;
                }
            }
        }
    }
    assert!(lost.iter().all(|lost| *lost > 0), "some budget starves nothing: {lost:?}");
    assert!(lost[0] > lost[1] && lost[1] > lost[2] && lost[3] >= lost[4], "{lost:?}");
    // A search that may not shrink keeps what it found.
    let theorem = wrong("threshold-off-by-m");
    let search = Search { shrinks: 0, ..Search::default() };
    let found = falsify::search(&theorem, search, &nothing).counterexample.unwrap();
    assert_eq!((&found.problem, found.shrunk), (&random_problem(search.seed, found.trial), 0));
    assert_eq!(theorem.judge(&Judge::of(&found.problem)).truth(), Some(Truth::Refuted));
}

#[test]
fn the_newcomers_theorem_of_the_documentation_runs() {
    let page = include_str!("../../docs/claims.md");
    let text = page.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    assert!(text.lines().count() <= 10, "{text}");
    let theorem = Theorem::parse("docs/claims.md", text).unwrap_or_else(|r| panic!("{r}"));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/papers/dang2023/imbalanced-m2.toml");
    let case = Case::read(&path).unwrap();
    assert_eq!(theorem.judge(&Judge::of(case.problem())).truth(), Some(Truth::Proved));
    let result = falsify::search(&theorem, Search { trials: 2_000, seed: 1, ..Search::default() }, &nothing);
    assert!(result.applied > 100 && result.counterexample.is_none());
}

#[test]
fn mistakes_in_claims_name_what_is_wrong_and_where() {
    use language::ClaimMistake as M;
    let refused = |text: &str| {
        let refusal = language::read(text).unwrap_err();
        (refusal.span.clone(), refusal.mistake)
    };
    assert_eq!(
        refused("objectve = 1"),
        (0..8, M::UnknownName { found: "objectve".into(), nearest: Some("objective".into()) })
    );
    assert!(matches!(refused("n = 1"), (span, M::NeedsIndex { .. }) if span == (0..1)));
    assert!(matches!(refused("w[1] < w[2]"), (_, M::NotOrdered { .. })));
    assert!(matches!(refused("K + w[1] = 0"), (span, M::DifferentKinds { .. }) if span == (0..8)));
    assert!(matches!(refused("K"), (_, M::NotAStatement { .. })));
    assert!(matches!(refused("loss = msee"), (_, M::UnknownWord { .. })));
    assert!(matches!(refused("K = 1 &"), (span, M::UnknownCharacter { found: '&' }) if span == (6..7)));
    assert!(matches!(refused("norm(w[1], w[2]) = 1"), (_, M::WrongNumberOfArguments { .. })));
    assert!(matches!(
        refused("forall k in clases: n[k] > 0"),
        (_, M::UnknownDomain { nearest: Some(_), .. })
    ));
    assert!(matches!(refused("forall n in classes: K > 0"), (_, M::Reserved { .. })));
    assert!(matches!(refused("K >"), (span, M::Ends { .. }) if span == (3..3)));
}

#[test]
fn the_deep_cross_entropy_theorem_falls_to_a_small_problem() {
    let all = catalogue::embedded().unwrap();
    let theorem = all.iter().find(|t| t.id == "deep-ce-etf").unwrap();
    let result = falsify::search(theorem, Search { trials: 5_000, seed: 1, ..Search::default() }, &nothing);
    let found = result.counterexample.expect("the theorem is false");
    assert!(found.problem.classes() <= 3, "{:?}", found.problem);
    let text = falsify::case_file(theorem, &found, 1, true);
    let case = Case::parse("found", text.as_bytes()).unwrap();
    assert_eq!(theorem.judge(&Judge::of(case.problem())).truth(), Some(Truth::Refuted));
    certifies(&case);
}

fn certifies(case: &Case) {
    let certificate = crate::certificate::certify(case).unwrap();
    let answer = crate::kernel::audit(case.bytes(), certificate.as_bytes());
    assert!(matches!(answer, crate::kernel::Answer::Accepted), "{answer:?}");
}

fn imbalanced() -> Case {
    Case::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/papers/dang2023/imbalanced-m3.toml"))
        .unwrap()
}

#[test]
fn claims_are_judged_at_named_critical_points() {
    let case = imbalanced();
    let optimum = Optimum::of(case.problem(), 17);
    let landscape = Landscape::of(case.problem(), &optimum);
    let truth = |name: &str, claim: &str| {
        let place = Place::CriticalPoint(landscape.named(name).unwrap());
        Judge::at(case.problem(), &place).judge(&language::read(claim).unwrap())
    };
    // Every critical point is stationary and balanced; only the optimum has the least objective.
    let stationary =
        "forall i in modes: u[i] = 0 or (1 - u[i])^(M+1) * u[i]^(M-1) = Lambda * N^(M+1) / mu[i]^M";
    for name in ["zero", "1", "1..4", "2..3", "1,3-", "1..4-"] {
        assert_eq!(truth(name, stationary), Truth::Proved, "{name}");
        assert_eq!(truth(name, "norm(W(1))^2 * lambda_w[1] = norm(H)^2 * lambda_h"), Truth::Proved, "{name}");
        let least = if name == "1..4" { Truth::Proved } else { Truth::Refuted };
        assert_eq!(truth(name, "objective = level(1, 4)"), least, "{name}");
        assert_eq!(landscape.name(&landscape.named(name).unwrap()), name);
    }
    assert_eq!(
        truth("2,4", "kept(2) and kept(3) and not kept(1) and not kept(4) and rank(W(1)) = 2"),
        Truth::Proved
    );
    assert_eq!(truth("1,3-", "u[1] = largest_root[1] and u[3] = lower_root[3] and u[2] = 0"), Truth::Proved);
    assert_eq!(truth("1..2", "collapsed(3) and collapsed(4) and not collapsed(1)"), Truth::Proved);
    for name in ["5", "1,1", "1..0", "x", "", "1..9", "-", "zero,,"] {
        assert!(landscape.named(name).is_err(), "{name}");
    }
}

#[test]
fn trained_networks_show_what_is_proved_and_miss_what_is_refuted() {
    let case = imbalanced();
    let plan = Plan { seeds: vec![1], ..Plan::of(case.training()) };
    let runs = place::train(case.problem(), &plan).unwrap();
    assert_eq!(runs.len(), 2);
    for run in &runs {
        assert_eq!(run.outcome, Outcome::Global);
        let observer = Judge::at(case.problem(), &run.place);
        for theorem in catalogue::embedded().unwrap() {
            if theorem.judge(&Judge::of(case.problem())).truth() == Some(Truth::Proved) {
                let measured = theorem.measure(&observer).unwrap();
                assert!(
                    matches!(measured.truth, Truth::Proved | Truth::Agrees(_)),
                    "{}: {measured:?}",
                    theorem.id
                );
                assert!(measured.residual <= measured.tolerance, "{}: {measured:?}", theorem.id);
            }
        }
        for wrong in ["norm(h[1]) = 1.01 * norm(h[1])", "u[1] = 0.5", "collapsed(1)", "objective < 0.01"] {
            let measured = observer.measure(&language::read(wrong).unwrap()).unwrap();
            assert_eq!(measured.truth, Truth::Refuted, "{wrong}");
        }
    }
}

/// Eigenvalues below zero of the Hessian of the real network, by differences of its gradient.
fn descending(problem: &Problem, choices: &[Choice], optimum: &Optimum) -> usize {
    let network = Network::of(problem, Columns::of(problem)).unwrap();
    let frame = TargetFrame::of(&network).unwrap();
    let mut at = 0;
    let mut modes = Vec::new();
    for (m, choice) in optimum.modes.iter().zip(choices) {
        let u = m.mode.upper.as_ref().map_or(0.0, |(u, _)| u.upper().to_f64().unwrap());
        for i in at..at + choice.upper {
            let column = |x: &faer::Mat<f64>| (0..x.nrows()).map(|j| x[(j, i)]).collect::<Vec<f64>>();
            modes.push(Triple {
                left: column(&frame.left),
                right: column(&frame.right),
                singular_value: u * frame.values[i],
            });
        }
        at += m.mode.block.multiplicity;
    }
    let start = Start::Near { seed: 1, modes, bias: PredictedMatrices::bias(&network), noise: 0.0 };
    let state = start.state(&network);
    let gradient_at = |state: &[f64]| {
        let mut gradient = vec![0.0; state.len()];
        Gradient::new(&network).evaluate(state, &mut gradient);
        gradient
    };
    assert!(gradient_at(&state).iter().all(|g| g.abs() < 1e-9));
    let step = 1e-5;
    let column = |i: usize| {
        let moved = |by: f64| {
            let mut state = state.clone();
            state[i] += by;
            gradient_at(&state)
        };
        let (up, down) = (moved(step), moved(-step));
        up.iter().zip(&down).map(|(a, b)| (a - b) / (2.0 * step)).collect::<Vec<f64>>()
    };
    let columns: Vec<Vec<f64>> = (0..state.len()).map(column).collect();
    let hessian = faer::Mat::from_fn(state.len(), state.len(), |i, j| (columns[i][j] + columns[j][i]) / 2.0);
    let values = hessian.self_adjoint_eigenvalues(faer::Side::Lower).unwrap();
    values.iter().filter(|x| **x < -1e-7).count()
}

#[test]
fn saddle_indices_are_those_of_the_hessian() {
    for (counts, width, bias) in
        [([7u64, 4, 2], 4, "none"), ([5, 5, 2], 3, "none"), ([9, 4, 1], 5, "last-layer")]
    {
        let text = format!(
            "title = \"t\"\n[network]\ncounts = {counts:?}\nwidths = [{width}]\nloss = \"mse\"\nbias = \"{bias}\"\n\
             [regularization]\nweights = 0.02\nfeatures = 0.01\n"
        );
        let case = Case::parse("t", text.as_bytes()).unwrap();
        let optimum = Optimum::of(case.problem(), 17);
        let landscape = Landscape::of(case.problem(), &optimum);
        let levels = landscape.levels(100).unwrap();
        assert!(levels.len() >= 4);
        for level in levels {
            let expected = descending(case.problem(), &level.choices, &optimum) as u64;
            let name = landscape.name(&level.choices);
            assert_eq!(landscape.index(&level.choices), Some(expected), "{counts:?} {bias} {name}");
        }
    }
}
