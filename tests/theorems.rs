//! Theorems: the catalogue, the language's refusals, what the search finds and what it does not.

use std::path::Path;
use tightframe::case::{Case, Loss, Problem};
use tightframe::theorems::falsify::{self, Search, random_problem};
use tightframe::theorems::{Applicability, Judge, Theorem, Truth, catalogue, language};

/// The only embedded theorem about the mean squared error that is false.
const FALSE: &str = "published-largest-root";

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
        } else {
            found.push(Case::read(&path).unwrap().problem().clone());
        }
    }
}

fn nothing(_: u64) {}

#[test]
fn every_theorem_applies_somewhere_and_names_the_hypothesis_that_fails_elsewhere() {
    let theorems = catalogue::embedded().unwrap_or_else(|refusal| panic!("{refusal}"));
    assert!(theorems.len() >= 20);
    let mut problems: Vec<Problem> = (0..3000).map(|t| random_problem(5, t)).collect();
    all_cases(&Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/papers"), &mut problems);
    let (mut applies, mut fails) = (vec![false; theorems.len()], vec![false; theorems.len()]);
    for problem in &problems {
        if applies.iter().chain(&fails).all(|done| *done) {
            break;
        }
        let judge = Judge::of(problem);
        for (i, theorem) in theorems.iter().enumerate() {
            if applies[i] && fails[i] {
                continue;
            }
            let short = Theorem { claims: Vec::new(), ..theorem.clone() };
            match short.judge(&judge).applicability {
                Applicability::Applies => applies[i] = true,
                Applicability::Fails(name) => {
                    assert!(theorem.hypotheses.iter().any(|h| h.name == name));
                    fails[i] = true;
                }
                Applicability::Open(..) => {}
            }
        }
    }
    for (i, theorem) in theorems.iter().enumerate() {
        assert!(applies[i], "{} applies nowhere", theorem.id);
        assert!(fails[i], "{} applies everywhere", theorem.id);
        assert!(!theorem.source.is_empty() && !theorem.latex.is_empty(), "{}", theorem.id);
    }
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
        let result = falsify::search(&theorem, Search { trials: 20_000, seed: 1 }, &nothing);
        let found = result.counterexample.unwrap_or_else(|| panic!("{id} stands"));
        assert!(found.problem.classes() <= 3, "{id}: {:?}", found.problem);
        let text = falsify::case_file(&theorem, &found, 1, false);
        let case = Case::parse(id, text.as_bytes()).unwrap_or_else(|r| panic!("{id}: {r}\n{text}"));
        assert_eq!(case.problem(), &found.problem, "{id}");
        let judge = Judge::of(case.problem());
        assert_eq!(theorem.judge(&judge).truth(), Some(Truth::Refuted), "{id}");
        let claim = language::read(&case.claims()[0].text).unwrap();
        assert_eq!(judge.judge(&claim), Truth::Refuted, "{id}");
    }
}

#[test]
fn nothing_refutes_what_is_proved() {
    for theorem in catalogue::embedded().unwrap().iter().filter(|t| t.id != FALSE) {
        let result = falsify::search(theorem, Search { trials: 2_000, seed: 2 }, &nothing);
        assert_eq!(result.trials, 2_000);
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
        let found = pool.install(|| falsify::search(&theorem, Search { trials: 20_000, seed: 3 }, &nothing));
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
fn the_newcomers_theorem_of_the_documentation_runs() {
    let page = include_str!("../docs/claims.md");
    let text = page.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    assert!(text.lines().count() <= 10, "{text}");
    let theorem = Theorem::parse("docs/claims.md", text).unwrap_or_else(|r| panic!("{r}"));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/papers/dang2023/imbalanced-m2.toml");
    let case = Case::read(&path).unwrap();
    assert_eq!(theorem.judge(&Judge::of(case.problem())).truth(), Some(Truth::Proved));
    let result = falsify::search(&theorem, Search { trials: 2_000, seed: 1 }, &nothing);
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
