//! The prediction of every shipped case, text and JSON, to the byte: all digits are proven, so nothing here may
//! differ between machines. Each case's outcome is asserted before its text is compared.

use rayon::prelude::*;
use std::path::{Path, PathBuf};
use tightframe::{Case, GramDetail, Loss, PredictionJson, Study, Uniqueness, json, prediction_text};

fn cases(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.extension() {
            _ if path.is_dir() => cases(&path, found),
            Some(ending) if ending == "toml" => found.push(path),
            _ => {}
        }
    }
}

/// Matrices of larger cases would fill the repository and say nothing new.
const MATRICES_UP_TO: usize = 8;

#[test]
fn every_case_predicts_the_same_bytes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    cases(&root.join("cases"), &mut paths);
    paths.sort();
    assert!(paths.len() >= 60);
    let predicted = |path: &std::path::PathBuf| {
        let name = path.strip_prefix(root.join("cases")).unwrap().with_extension("");
        let name = name.to_string_lossy().replace(['/', '\\'], "-");
        let case = Case::read(path).unwrap();
        if case.problem().loss() != Loss::Mse || !case.problem().has_plain_loss() {
            return None;
        }
        let few = case.problem().classes() <= MATRICES_UP_TO;
        let gram = if few { GramDetail::Always } else { GramDetail::Never };
        let study = Study::of(&case).with_gram(gram);
        assert_ne!(study.optimum().unwrap().uniqueness, Uniqueness::Undecided, "{name}");
        let is_small = case.problem().counts().len() <= 100;
        let document = is_small.then(|| json(&PredictionJson::of(&study, 17)));
        Some((name, prediction_text(&study, 12).to_string(), document))
    };
    for (name, text, document) in paths.par_iter().filter_map(predicted).collect::<Vec<_>>() {
        insta::assert_snapshot!(name.clone() + "-text", text, "prediction_text(&study, 12).to_string()");
        if let Some(document) = document {
            insta::assert_snapshot!(name + "-json", document, "json(&document)");
        }
    }
}
