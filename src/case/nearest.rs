//! The word that was probably meant.

/// The known word within a third of its length in edits, if there is one.
pub fn nearest(word: &str, known: &[&str]) -> Option<String> {
    if word.len() > 40 {
        return None;
    }
    let word = word.to_lowercase();
    let scored = known.iter().map(|k| (strsim::osa_distance(&word, k), k));
    let (distance, best) = scored.min()?;
    (distance <= best.chars().count().div_ceil(3)).then(|| (*best).to_owned())
}
