//! The certificates about global optima of deep cross-entropy.

use super::number::text;
use crate::exact::Rational;
use crate::kernel::{Ball, Deep, Node, Target, Tree};

/// The claim and the steps; `upper` is the upper end of an enclosure, `frame` what every frame costs at least, if that
/// is claimed.
pub fn parts(deep: &Deep, upper: Option<&Rational>, frame: Option<&Rational>) -> (String, Vec<String>) {
    let low = text(&deep.pulls.low);
    let tree = tree_step(&deep.tree);
    match &deep.target {
        Target::Frame(ball) => {
            let claim = format!(
                "{{\"statement\": \"deep-ce-frame-optimal\", \"pull\": [\"{low}\", \"{}\"]}}",
                text(&deep.pulls.high)
            );
            (claim, vec![ball_step(ball), tree])
        }
        Target::Zero => {
            (format!("{{\"statement\": \"deep-ce-zero-optimal\", \"pull\": \"{low}\"}}"), vec![tree])
        }
        Target::AtLeast(floor) => {
            let head = match frame {
                Some(frame) => {
                    let frame = text(frame);
                    format!("deep-ce-frame-refuted\", \"pull\": \"{low}\", \"frame_at_least\": \"{frame}")
                }
                None => format!("deep-ce-enclosure\", \"pull\": \"{low}"),
            };
            let (floor, upper) = (text(floor), text(upper.unwrap_or(floor)));
            let claim = format!("{{\"statement\": \"{head}\", \"objective\": [\"{floor}\", \"{upper}\"]}}");
            (claim, vec![tree])
        }
    }
}

fn ball_step(ball: &Ball) -> String {
    format!(
        "{{\"step\": \"ball\", \"low\": \"{}\", \"high\": \"{}\", \"scale\": \"{}\", \"radius\": \"{}\"}}",
        text(&ball.low),
        text(&ball.high),
        text(&ball.scale),
        text(&ball.radius)
    )
}

fn tree_step(tree: &Tree) -> String {
    let nodes: Vec<String> = tree.nodes.iter().map(node).collect();
    format!(
        "{{\"step\": \"tree\", \"top\": \"{}\", \"places\": {}, \"nodes\": [\n{}]}}",
        text(&tree.top),
        tree.places,
        nodes.join(",\n")
    )
}

fn node(node: &Node) -> String {
    match node {
        Node::Halve(j) => format!("\"{}\"", j + 1),
        Node::Bisect(i, j) => format!("\"{i}{j}\""),
        Node::Order => "\"order\"".to_owned(),
        Node::Heavy => "\"heavy\"".to_owned(),
        Node::Ball => "\"ball\"".to_owned(),
        Node::Zero => "\"zero\"".to_owned(),
        Node::Plan(plan) => {
            format!("[{}]", plan.iter().map(u64::to_string).collect::<Vec<_>>().join(","))
        }
    }
}
