//! Certificates that are cheap to write and dear to check: both checkers answer within seconds and in little memory,
//! and they give the same answer. Kinds: exact roots with long denominators, common denominators that grow with every
//! number, long exponents, empty lists, and documents just below the work that is allowed.

use super::checkers::{Second, processor_time, word};
use crate::kernel::audit;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use sha2::{Digest, Sha256};
use std::time::Duration;

/// Of the processor, for an answer; a debug build of the first checker is several times slower.
const PATIENCE: Duration = Duration::from_secs(if cfg!(debug_assertions) { 60 } else { 10 });
/// Kilobytes of the second checker at most.
const MEMORY: u64 = 200_000;

struct Costly {
    name: String,
    case: String,
    certificate: String,
    /// What both checkers have to say.
    answer: &'static str,
}

fn list(items: impl IntoIterator<Item = String>) -> String {
    format!("[{}]", items.into_iter().collect::<Vec<_>>().join(","))
}

fn quoted(text: impl std::fmt::Display) -> String {
    format!("\"{text}\"")
}

/// A fraction just below one whose parts have so many digits, and which hardly shares a factor with another.
fn fraction(digits: usize, random: &mut ChaCha8Rng) -> String {
    let mut digit = |low: u64| char::from(b'0' + (low + random.next_u64() % (10 - low)) as u8);
    let head: String = (0..digits - 1).map(|i| digit(u64::from(i == 0))).collect();
    quoted(format!("{head}6/{head}7"))
}

fn case(counts: &str, widths: &str, loss: &str, bias: &str, weight: &str, more: &str) -> String {
    format!(
        "[network]\ncounts = {counts}\nwidths = {widths}\nloss = \"{loss}\"\nbias = \"{bias}\"\n{more}\
         [regularization]\nweights = {weight}\nfeatures = {weight}\n"
    )
}

fn costly(name: impl ToString, case: String, claim: &str, steps: &str, answer: &'static str) -> Costly {
    let hash: String = Sha256::digest(&case).iter().map(|byte| format!("{byte:02x}")).collect();
    let certificate = format!(
        "{{\"format\": \"tightframe.certificate/1\", \"case_sha256\": \"{hash}\", \"claim\": {claim}, \"proof\": [{steps}]}}"
    );
    Costly { name: name.to_string(), case, certificate, answer }
}

fn mse_claim(zeros: usize, modes: &str) -> String {
    format!(
        "{{\"statement\": \"mse-optimum\", \"optimum\": \"unique\", \"objective\": [\"0\",\"1\"], \
         \"price\": [\"0\",\"0\"], \"zero_targets\": {zeros}, \"modes\": {modes}}}"
    )
}

fn mode(target: &str) -> String {
    format!(
        "{{\"target_sq\": [{target},{target}], \"multiplicity\": 1, \"fate\": \"kept\", \"kept\": 1, \
         \"shrinkage\": [\"0.5\",\"1\"]}}"
    )
}

const ENTROPY: &str = "{\"statement\": \"ce-optimum\", \"objective\": [\"0\",\"100\"]}";

fn dual(classes: usize, weights: usize, columns: &str) -> String {
    let unit = |j: usize| list((0..classes).map(|i| quoted(u8::from(i == j))));
    let (plan, weights) = (list((0..classes).map(unit)), list((0..weights).map(|_| quoted(0))));
    format!("{{\"step\": \"dual\", \"plan\": {plan}, \"weights\": {weights}, \"columns\": {columns}}}")
}

fn zero_point(classes: usize) -> String {
    let (features, row) =
        (list((0..classes).map(|_| list([quoted(0)]))), list((0..classes).map(|_| quoted(0))));
    format!("{{\"step\": \"point\", \"bias\": [], \"factors\": [{features},[{row}]]}}")
}

/// A secular step whose roots are claimed exact, the first with a long denominator.
fn exact_root(groups: usize, answer: &'static str) -> Costly {
    let counts: Vec<usize> = (1..=groups).map(|g| 2 * (groups + 1 - g)).collect();
    let roots = counts.windows(2).enumerate().map(|(g, pair)| match g {
        0 => format!("{}.{}1", pair[1] + 1, "0".repeat(980)),
        _ => (pair[1] + 1).to_string(),
    });
    let (modes, counts) =
        (list(roots.map(|root| mode(&quoted(root)))), list(counts.iter().map(ToString::to_string)));
    costly(
        format!("exact root, {groups} counts"),
        case(&counts, "[2]", "mse", "last-layer", "1e-6", ""),
        &mse_claim(1, &modes),
        "{\"step\": \"secular\", \"places\": 4096},{\"step\": \"slack\"}",
        answer,
    )
}

fn congruence(classes: usize, entry: &mut dyn FnMut() -> String, answer: &'static str) -> Costly {
    let counts = list((0..classes).map(|_| "1".to_owned()));
    let vectors = list((0..classes).map(|_| list((0..classes).map(|_| entry()))));
    let step = format!(
        "{{\"step\": \"congruence\", \"vectors\": {vectors}, \"points\": [[\"0.5\",\"2\"]], \"null\": [[],[]]}},\
         {{\"step\": \"slack\"}}"
    );
    let text = case(&counts, "[2]", "mse", "none", "1e-6", "smoothing = 0.1\n");
    costly(format!("congruence, {classes}"), text, &mse_claim(0, &list([mode("\"1\"")])), &step, answer)
}

fn columns(classes: usize, number: usize, random: &mut ChaCha8Rng) -> Costly {
    let counts = list((0..classes).map(|_| "1".to_owned()));
    let columns = list((0..number).map(|_| list((0..classes).map(|_| fraction(980, random)))));
    let steps = format!("{},{}", dual(classes, number, &columns), zero_point(classes));
    costly(
        format!("dual columns, {classes} × {number}"),
        case(&counts, "[100]", "ce", "none", "1e-1", ""),
        ENTROPY,
        &steps,
        "incomplete",
    )
}

fn factor(width: usize, entry: &mut dyn FnMut() -> String, answer: &'static str) -> Costly {
    let features = list((0..2).map(|_| list((0..width).map(|_| entry()))));
    let classifier = list((0..width).map(|_| list([quoted(0), quoted(0)])));
    let steps = format!(
        "{},{{\"step\": \"point\", \"bias\": [], \"factors\": [{features},{classifier}]}}",
        dual(2, 0, "[]")
    );
    let text = case("[1,1]", &format!("[{width}]"), "ce", "none", "1e-1", "");
    costly(format!("factor, {width}"), text, ENTROPY, &steps, answer)
}

/// A document of many short items.
fn many(item: &str, number: usize, answer: &'static str) -> Costly {
    let items = vec![item; number].join(",");
    let columns = if item == "[]" { format!("[{items}]") } else { format!("[[{items}]]") };
    let steps = format!("{},{}", dual(2, 0, &columns), zero_point(2));
    costly(
        format!("{number} times {item}"),
        case("[1,1]", "[5]", "ce", "none", "1e-1", ""),
        ENTROPY,
        &steps,
        answer,
    )
}

/// A fraction of 48 digits in both parts, which begins with these.
fn below(whole: &str, random: &mut ChaCha8Rng) -> String {
    let digits: String = (0..44).map(|_| char::from(b'0' + (random.next_u64() % 10) as u8)).collect();
    format!("{whole}{digits}/1{}", "0".repeat(47))
}

/// A tree whose every leaf is checked, each with edges of its own: zero is a lower bound of everything.
fn tree(classes: usize, layers: usize, leaves: usize, answer: &'static str) -> Costly {
    let mut random = ChaCha8Rng::seed_from_u64(9);
    let edges: &[&str] = if classes == 3 { &["01"] } else { &["01", "23", "12", "03", "02", "13"] };
    let roots = if classes == 3 { 1 } else { 12 };
    let unit = 10u64.pow(17);
    let mut nodes = Vec::new();
    for root in 0..roots {
        let mut open = vec![(leaves / roots + usize::from(root < leaves % roots), 0)];
        while let Some((n, depth)) = open.pop() {
            if n > 1 {
                nodes.push(quoted(edges[depth % edges.len()]));
                open.extend([(n - n / 2, depth + 1), (n / 2, depth + 1)]);
            } else {
                let entry = |_| (unit / classes as u64 - random.next_u64() % (unit / 100)).to_string();
                nodes.push(list((0..classes * (classes - 1)).map(entry)));
            }
        }
    }
    let (features, row) =
        (list((0..classes).map(|_| list([quoted(0)]))), list((0..classes).map(|_| quoted(0))));
    let factors: Vec<String> =
        [vec![features], vec![list([list([quoted(0)])]); layers - 1], vec![list([row])]].concat();
    let (pull, top) = (below("009", &mut random), below("299", &mut random));
    let steps = format!(
        "{{\"step\": \"tree\", \"top\": \"{top}\", \"places\": 17, \"nodes\": {}}},\
         {{\"step\": \"point\", \"bias\": [], \"factors\": {}}}",
        list(nodes),
        list(factors)
    );
    let widths = list(vec!["1".to_owned(); layers]);
    costly(
        format!("tree, {classes} classes, {layers} layers, {leaves} leaves"),
        case(&format!("[\"1*{classes}\"]"), &widths, "ce", "none", "1e-2", ""),
        &format!(
            "{{\"statement\": \"deep-ce-enclosure\", \"pull\": \"{pull}\", \"objective\": [\"0\",\"2\"]}}"
        ),
        &steps,
        answer,
    )
}

/// A tree of words only: cells that are halved and halved again, each said to be heavy, which they are.
fn words(number: usize, answer: &'static str) -> Costly {
    let mut tree = tree(3, 2, 1, answer);
    let start = tree.certificate.find("\"nodes\": [").unwrap() + 9;
    let end = tree.certificate[start..].find("]]}").unwrap() + start + 2;
    let mut nodes = Vec::new();
    let mut open = vec![(number, 0usize)];
    while let Some((n, depth)) = open.pop() {
        if n > 1 {
            nodes.push(quoted(["1", "2", "01"][depth % 3]));
            open.extend([(n - n / 2, depth + 1), (n / 2, depth + 1)]);
        } else {
            nodes.push(quoted("heavy"));
        }
    }
    tree.certificate.replace_range(start..end, &list(nodes));
    tree.name = format!("{number} words");
    tree
}

fn all() -> Vec<Costly> {
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let mut all = vec![
        exact_root(100, "rejected secular-sign"),
        exact_root(300, "rejected secular-sign"),
        exact_root(1_000, "incomplete"),
    ];
    for classes in [6, 12, 24, 60] {
        all.push(congruence(classes, &mut || fraction(980, &mut random), "incomplete"));
    }
    for (classes, number) in [(10, 10), (20, 20), (40, 40), (88, 88)] {
        all.push(columns(classes, number, &mut random));
    }
    for width in [10, 50, 200, 1_000] {
        all.push(factor(width, &mut || fraction(980, &mut random), "incomplete"));
    }
    all.push(many("\"3e-1000\"", 16_000, "incomplete"));
    all.push(many("\"3e-1000\"", 1_500_000, "rejected malformed"));
    all.push(many("[]", 5_000_000, "rejected malformed"));
    all.push(many("\"1\"", 900_000, "incomplete"));
    all.push(many("\"1\"", 4_000_000, "rejected malformed"));
    // Just below the limits: a common denominator of some 32,000 bits, and as many numbers as the work allows.
    let near = |long: usize| {
        let mut written = 0;
        let mut random = ChaCha8Rng::seed_from_u64(7);
        move || {
            written += 1;
            if written <= long { fraction(980, &mut random) } else { "\"1/3\"".to_owned() }
        }
    };
    for (classes, layers, leaves) in [(4, 2, 15_000), (4, 16, 4_000), (3, 2, 45_000), (3, 16, 7_000)] {
        all.push(tree(classes, layers, leaves, "accepted"));
        all.push(tree(classes, layers, 2 * leaves, "incomplete"));
    }
    all.push(words(220_000, "accepted"));
    all.push(words(440_000, "incomplete"));
    all.push(congruence(22, &mut near(9), "rejected dominance"));
    // It costs at most ln 2 and 0.05 · 14,000 squares of about a ninth, or of nearly 1 for nine.
    all.push(factor(7_000, &mut near(9), "accepted"));
    all
}

#[test]
fn dear_certificates_are_answered_in_good_time() {
    let all = all();
    for costly in &all {
        assert!(costly.certificate.len() <= 16 << 20, "{}", costly.name);
        let begin = processor_time();
        let answer = audit(costly.case.as_bytes(), costly.certificate.as_bytes());
        let took = processor_time() - begin;
        assert!(took < PATIENCE, "{}: {took:?}", costly.name);
        assert_eq!(word(&answer), costly.answer, "{}: {answer}", costly.name);
        // What is said is short, however long the numbers are.
        assert!(answer.to_string().len() < 1_000, "{}: {}", costly.name, answer.to_string().len());
        println!("{}: {} in {took:?}, {} bytes", costly.name, answer.brief(), costly.certificate.len());
    }
    for costly in &all {
        let Some((mut second, mut questions)) = Second::start() else { return };
        questions.ask(costly.case.as_bytes(), &costly.certificate);
        let said = second.answer();
        let peak = second.memory().unwrap_or(0);
        drop(questions);
        second.end();
        assert_eq!(said.word, costly.answer, "{}", costly.name);
        let took = Duration::from_millis(said.milliseconds);
        assert!(took < Duration::from_secs(10), "{}: {took:?}", costly.name);
        assert!(peak < MEMORY, "{}: {peak} kB", costly.name);
        println!("{}: {} in {took:?}, {peak} kB", costly.name, costly.answer);
    }
}
