//! What a study computes, and how often.

use super::*;
use crate::render::check::CaseRow;
use crate::theorems::catalogue;
use crate::theory::known::solved;
use std::path::Path;

const CASES: [&str; 4] = [
    "cases/certificate/worked-example.toml",
    "cases/papers/dang2023/imbalanced-m2.toml",
    "cases/cross-entropy/imbalanced/four-bias.toml",
    "cases/cross-entropy/deep/k3-m3-bias.toml",
];

fn read(path: &str) -> Case {
    Case::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// `check --certify` asks for prediction, training, theorems, certificate and audit.
#[test]
fn a_check_computes_each_optimum_once() {
    let theorems = catalogue::with_folder(None).unwrap();
    for path in CASES {
        let case = read(path);
        solved::forget();
        let study = Study::of(&case).with_theorems(&theorems);
        let row = CaseRow::of(path, &study, true).unwrap();
        assert_eq!(
            (row.certificate.as_deref(), row.attained.is_empty()),
            (Some("accepted"), false),
            "{path}"
        );
        let digits = solved::digits();
        let mut once = digits.clone();
        once.dedup();
        // Claims that the first digits do not settle ask for more of them.
        assert_eq!(digits[0], certificate::DIGITS, "{path}");
        assert!(digits == once && digits.is_sorted(), "{path}: {digits:?}");
    }
}

#[test]
fn nothing_is_computed_that_is_not_asked_for() {
    let case = read(CASES[0]);
    solved::forget();
    let study = Study::of(&case);
    assert!(solved::digits().is_empty());
    study.certificate().unwrap();
    assert!(study.training.get().is_none() && study.judged.get().is_none() && study.audit.get().is_none());
}
