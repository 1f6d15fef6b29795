//! What people type instead: keys, words and values that other tools use, and what they are here.

/// What to write instead of a key that no section has; `None` for a key that is just unknown.
pub fn key(key: &str) -> Option<&'static str> {
    Some(match key.to_lowercase().replace('_', "-").as_str() {
        "depth" | "layers" | "num-layers" | "m" => {
            "the depth is the number of widths: widths = [64, 64] is two layers"
        }
        "lambda" | "lambdas" | "λ" | "weight-decay" | "wd" | "l2" => {
            "the layers' regularisation is `weights`, that of the features `features`, both under [regularization]"
        }
        "classes" | "num-classes" | "k" | "n" | "samples" | "n-samples" | "imbalance" => {
            "the classes are their counts: counts = [\"100*10\"] under [network] is ten classes of 100"
        }
        "learning-rate" | "lr" | "momentum" | "batch-size" => {
            "training is gradient flow, which has none; `tightframe verify --method` names others"
        }
        "epochs" | "steps" | "iterations" | "max-steps" => {
            "`evaluations` under [training] bounds the gradient evaluations of a run"
        }
        "std" | "sigma" | "scale" | "init-scale" | "init-std" => {
            "`init` under [training] is the standard deviation of all entries at the start"
        }
        "tol" | "eps" | "epsilon" => "`tolerance` under [training] is the relative gap of the objective",
        "label-smoothing" => "it is `smoothing` under [network]",
        "activation" => "the network is linear; there is none",
        "model" | "data" | "dataset" | "architecture" => {
            "the network and its class counts stand under [network]"
        }
        "regularizer" | "penalty" => "the regularisation stands under [regularization]",
        "optimizer" => "training is gradient flow; `tightframe verify --method` names others",
        _ => return None,
    })
}

/// The word that is meant by another tool's.
pub fn word(key: &str, found: &str) -> Option<&'static str> {
    let found = found.to_lowercase().replace(['_', ' '], "-");
    Some(match (key, found.as_str()) {
        ("loss", "cross-entropy" | "crossentropy" | "xent" | "softmax" | "nll" | "cel") => "ce",
        ("loss", "l2" | "mean-squared-error" | "squared" | "squared-error" | "square" | "quadratic") => "mse",
        ("bias", "no" | "false" | "off" | "free" | "without") => "none",
        ("bias", "yes" | "true" | "on" | "last" | "with") => "last-layer",
        ("verdict", "true" | "pass" | "passes" | "holds") => "verified",
        ("verdict", "false" | "fail" | "fails" | "disproved") => "refuted",
        ("verdict", "unknown" | "open") => "undecided",
        _ => return None,
    })
}

/// What to write where a value of another type stands than the expected one.
pub fn value(key: &str, expected: &str) -> Option<&'static str> {
    let list = expected.starts_with("a list");
    Some(match key {
        "bias" => "write bias = \"none\" or bias = \"last-layer\"",
        "seeds" => "write a list of seeds: seeds = [1, 2, 3] is three starts",
        "counts" if list => "write a list: counts = [200, 100, \"50*2\"] is four classes",
        "widths" if list => "write a list d_1 … d_M, one width a layer: widths = [64, 64]",
        "features" => "write one number: the features are one factor",
        _ => return None,
    })
}

/// A compact count with another sign of multiplication, in ours.
pub fn compact(text: &str) -> Option<String> {
    let (count, times) = text.split_once(['x', 'X', '×', '·'])?;
    let whole = |digits: &str| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let (count, times) = (count.trim(), times.trim());
    (whole(count) && whole(times)).then(|| format!("{count}*{times}"))
}
