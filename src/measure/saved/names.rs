//! Which tensors of some files are the features, the labels and the layers of the head.
//!
//! Known names: `features`, `labels` and their usual short forms; `head.{l}.weight` and `.bias`, `W.{l}`, flax's
//! `Dense_{l}/kernel` (in × out), `classifier.weight` and the like; each behind any prefix that ends in `.` or `/`; `weight`
//! and `{l}.weight`, as a layer or a list of layers names its own. Where several families fit, or none, the answer is a
//! question, never a guess; those inside a `backbone` are passed over.

use super::refusal::Refusal;
use super::tensor::Tensor;
use crate::case::Measured;

/// What the user says about the tensors.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// The name of the features.
    pub features: Option<String>,
    /// The name of the labels.
    pub labels: Option<String>,
    /// Patterns of the head's layers; `*` stands for any characters.
    pub head: Vec<String>,
    /// The name of the bias.
    pub bias: Option<String>,
    /// Whether layers are in × out.
    pub transposed: bool,
    /// Whether a sample is a row of the features.
    pub samples_are_rows: Option<bool>,
}

impl Asked {
    /// What a case says.
    pub fn of(case: &Measured) -> Self {
        Self {
            features: case.features.clone(),
            labels: case.labels.clone(),
            head: case.head.clone(),
            bias: case.bias.clone(),
            transposed: case.transposed,
            samples_are_rows: case.samples_are_rows,
        }
    }
}

/// The tensors of a network.
#[derive(Debug)]
pub struct Found<'a> {
    /// Features.
    pub features: &'a Tensor,
    /// Labels.
    pub labels: &'a Tensor,
    /// `W_1 … W_M`.
    pub layers: Vec<&'a Tensor>,
    /// Whether layers are in × out.
    pub transposed: bool,
    /// The bias of the last layer.
    pub bias: Option<&'a Tensor>,
    /// Biases of other layers, which must vanish.
    pub hidden: Vec<&'a Tensor>,
}

const FEATURES: [&str; 6] = ["features", "H", "h", "feats", "embeddings", "feature"];
const LABELS: [&str; 6] = ["labels", "y", "label", "targets", "target", "classes"];
const BIASES: [&str; 2] = ["b", "bias"];
/// Stems of a head of one layer, and of numbered ones.
const HEADS: [&str; 6] = ["head", "classifier", "fc", "linear", "last_layer", "output"];

/// Finds a network's tensors.
pub fn found<'a>(tensors: &'a [Tensor], asked: &Asked) -> Result<Found<'a>, Refusal> {
    let features = features(tensors, asked)?;
    let labels = one(tensors, asked.labels.as_deref(), &LABELS, "labels", "--labels")?;
    let (layers, flax) = layers(tensors, asked)?;
    let mut hidden = Vec::new();
    let mut bias = match &asked.bias {
        Some(_) => Some(one(tensors, asked.bias.as_deref(), &BIASES, "bias", "--bias")?),
        None => None,
    };
    if bias.is_none() {
        for (i, layer) in layers.iter().enumerate() {
            let beside = bias_name(&layer.name).and_then(|name| tensors.iter().find(|t| t.name == name));
            match beside {
                Some(tensor) if i + 1 == layers.len() => bias = Some(tensor),
                Some(tensor) => hidden.push(tensor),
                None => {}
            }
        }
        let plain =
            || tensors.iter().find(|t| BIASES.contains(&last_word(&t.name)) && !t.name.contains("backbone"));
        let alone = layers.last().is_some_and(|layer| bias_name(&layer.name).is_none());
        bias = bias.or_else(|| if alone { plain() } else { None });
    }
    Ok(Found { features, labels, layers, transposed: asked.transposed || flax, bias, hidden })
}

/// The features among some tensors.
pub fn features<'a>(tensors: &'a [Tensor], asked: &Asked) -> Result<&'a Tensor, Refusal> {
    one(tensors, asked.features.as_deref(), &FEATURES, "features", "--features")
}

/// The name behind the last `.` or `/`.
fn last_word(name: &str) -> &str {
    name.rsplit(['.', '/']).next().unwrap_or(name)
}

fn names(tensors: &[Tensor]) -> Vec<String> {
    tensors.iter().map(|t| format!("{} {:?}", t.name, t.shape)).collect()
}

fn one<'a>(
    tensors: &'a [Tensor],
    asked: Option<&str>,
    known: &[&str],
    role: &'static str,
    option: &'static str,
) -> Result<&'a Tensor, Refusal> {
    let absent = || Refusal::Absent { role, asked: asked.map(str::to_owned), names: names(tensors), option };
    if let Some(name) = asked {
        return tensors.iter().find(|t| t.name == name).ok_or_else(absent);
    }
    // The most usual name first, exactly; then behind a prefix.
    if let Some(tensor) = known.iter().find_map(|name| tensors.iter().find(|t| t.name == *name)) {
        return Ok(tensor);
    }
    let fit: Vec<&Tensor> = tensors.iter().filter(|t| known.contains(&last_word(&t.name))).collect();
    match fit[..] {
        [tensor] => Ok(tensor),
        [] => Err(absent()),
        _ => Err(Refusal::Ambiguous { role, names: fit.iter().map(|t| t.name.clone()).collect(), option }),
    }
}

/// A layer by its family, the prefix included, and its number.
fn family(name: &str) -> Option<(String, u64)> {
    let number = |digits: &str| if digits.is_empty() { None } else { digits.parse().ok() };
    if let Some(stem) = name.strip_suffix("/kernel").or_else(|| name.strip_suffix(".kernel")) {
        let (before, last) = stem.rsplit_once('_')?;
        return Some((format!("{before}_*/kernel"), number(last)?));
    }
    if name == "weight" {
        return Some((name.to_owned(), 0));
    }
    if let Some(stem) = name.strip_suffix(".weight") {
        let (before, last) = stem.rsplit_once('.').unwrap_or(("", stem));
        if let Some(n) = number(last) {
            let known = before.is_empty() || HEADS.contains(&last_word(before));
            return known.then(|| (format!("{before}.*.weight"), n));
        }
        let word = last.trim_end_matches(|c: char| c.is_ascii_digit());
        let prefix = &stem[..stem.len() - last.len()];
        return HEADS.contains(&word).then(|| {
            let n = number(&last[word.len()..]).unwrap_or(0);
            (format!("{prefix}{word}*.weight"), n)
        });
    }
    let at = name.rfind('W')?;
    let before = &name[..at];
    let rest = name[at + 1..].trim_start_matches(['.', '_']);
    let clean = before.is_empty() || before.ends_with(['.', '/']);
    let n = if rest.is_empty() { Some(0) } else { number(rest) };
    n.filter(|_| clean).map(|n| (format!("{before}W.*"), n))
}

/// The bias that belongs to a layer's name.
fn bias_name(name: &str) -> Option<String> {
    if name == "weight" {
        return Some("bias".to_owned());
    }
    let stem = name.strip_suffix(".weight").map(|s| (s, "."));
    let stem = stem.or_else(|| name.strip_suffix("/kernel").map(|s| (s, "/")));
    let stem = stem.or_else(|| name.strip_suffix(".kernel").map(|s| (s, ".")));
    stem.map(|(stem, mark)| format!("{stem}{mark}bias"))
}

fn layers<'a>(tensors: &'a [Tensor], asked: &Asked) -> Result<(Vec<&'a Tensor>, bool), Refusal> {
    const ROLE: &str = "layers of the head";
    const OPTION: &str = "--head PATTERN";
    let matrices = || tensors.iter().filter(|t| t.shape.len() == 2);
    let flax = |t: &&Tensor| t.name.ends_with("kernel");
    if !asked.head.is_empty() {
        let mut chosen: Vec<(u64, &Tensor)> = Vec::new();
        for pattern in &asked.head {
            let mut fit: Vec<(u64, &Tensor)> =
                matrices().filter(|t| matches(pattern, &t.name)).map(|t| (last_number(&t.name), t)).collect();
            if fit.is_empty() {
                let (asked, names) = (Some(pattern.clone()), names(tensors));
                return Err(Refusal::Absent { role: ROLE, asked, names, option: OPTION });
            }
            fit.sort_by_key(|(n, _)| *n);
            chosen.extend(fit);
        }
        let layers: Vec<&Tensor> = chosen.into_iter().map(|(_, t)| t).collect();
        let all = layers.iter().all(flax);
        return Ok((layers, all));
    }
    let mut families: Vec<(String, Vec<(u64, &Tensor)>)> = Vec::new();
    for tensor in matrices() {
        let Some((family, n)) = family(&tensor.name) else { continue };
        match families.iter_mut().find(|(name, _)| *name == family) {
            Some((_, members)) => members.push((n, tensor)),
            None => families.push((family, vec![(n, tensor)])),
        }
    }
    // A backbone may have layers of such names; the head is what stands beside it.
    let inside = |family: &str| family.split(['.', '/']).any(|word| word == "backbone");
    if families.iter().any(|(family, _)| !inside(family)) {
        families.retain(|(family, _)| !inside(family));
    }
    match &mut families[..] {
        [(_, members)] => {
            members.sort_by_key(|(n, _)| *n);
            let layers: Vec<&Tensor> = members.iter().map(|(_, t)| *t).collect();
            let all = layers.iter().all(flax);
            Ok((layers, all))
        }
        [] => Err(Refusal::Absent { role: ROLE, asked: None, names: names(tensors), option: OPTION }),
        several => {
            let names = several.iter().map(|(name, _)| name.clone()).collect();
            Err(Refusal::Ambiguous { role: ROLE, names, option: OPTION })
        }
    }
}

/// The last number in a name; 0 if there is none.
pub fn last_number(name: &str) -> u64 {
    let mut digits = name.split(|c: char| !c.is_ascii_digit()).filter(|d| !d.is_empty());
    digits.next_back().and_then(|d| d.parse().ok()).unwrap_or(0)
}

/// Whether a name fits a pattern in which `*` and `{l}` stand for any characters.
fn matches(pattern: &str, name: &str) -> bool {
    let pattern = pattern.replace("{l}", "*");
    let parts: Vec<&str> = pattern.split('*').collect();
    let [first, middle @ .., last] = &parts[..] else { return name == pattern };
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_are_known_by_their_families() {
        let known = |name: &str| family(name);
        assert_eq!(known("head.1.weight"), Some(("head.*.weight".into(), 1)));
        assert_eq!(known("module.head.12.weight"), Some(("module.head.*.weight".into(), 12)));
        assert_eq!(known("W.0"), Some(("W.*".into(), 0)));
        assert_eq!(known("W_3"), Some(("W.*".into(), 3)));
        assert_eq!(known("params/Dense_1/kernel"), Some(("params/Dense_*/kernel".into(), 1)));
        assert_eq!(known("module.fc.weight"), Some(("module.fc*.weight".into(), 0)));
        assert_eq!(known("weight"), Some(("weight".into(), 0)));
        assert_eq!(known("2.weight"), Some((".*.weight".into(), 2)));
        assert_eq!(bias_name("weight").as_deref(), Some("bias"));
        assert_eq!(known("backbone.0.weight"), None);
        assert_eq!(known("layer4.conv.weight"), None);
        assert_eq!(bias_name("params/Dense_1/kernel").as_deref(), Some("params/Dense_1/bias"));
    }

    #[test]
    fn patterns() {
        assert!(matches("head.*.weight", "head.10.weight") && matches("{l}.w", "3.w") && matches("a", "a"));
        assert!(!matches("head.*.weight", "head.10.bias") && !matches("a", "ab"));
        assert_eq!(last_number("layers.2.head.10.weight"), 10);
    }
}
