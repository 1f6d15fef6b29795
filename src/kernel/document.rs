//! The whole document: a statement with its claim and its steps, read first and then checked.
//!
//! A further statement is one variant here, an arm where it is read, one where it is asked which problems it speaks
//! of, and one where it is checked; its step is a file of its own.

use super::budget::Budget;
use super::deep::{self, Deep};
use super::dual::Dual;
use super::frame::Frame;
use super::given::{Balanced, Given, Loss};
use super::law::Law;
use super::merging;
use super::modes::Modes;
use super::number::Number;
use super::point::Point;
use super::reader::{Pair, Reader};
use super::rejection::{Check, Reason, reject, require, short};
use super::spectrum::Spectrum;
use super::work::Work;

/// An enclosure of the optimum: from below by a tree, from above by a network; below what every frame costs, if that
/// is claimed.
pub struct Enclosure {
    objective: Pair,
    frame: Option<(Number, Frame)>,
    point: Point,
}

/// What is claimed, with the steps that prove it.
#[allow(clippy::large_enum_variant)] // There is one document at a time.
pub enum Document<'a> {
    /// Modes, price and objective of the optimum for the mean squared error.
    MseOptimum { claim: Modes<'a>, spectrum: Spectrum, budget: Budget },
    /// An enclosure of the optimum of one layer, and under cross-entropy classes that it merges.
    LayerOptimum { objective: Pair, merged: Vec<Vec<usize>>, dual: Dual, point: Point },
    /// A network that is better than every simplex frame and than zero.
    CeFrameRefuted { frame_at_least: Number, network_at_most: Number, frame: Frame, point: Point },
    /// An enclosure of the optimum of two classes, more layers.
    CeTwoClasses { objective: Pair, frame: Frame, point: Point },
    /// The frame or zero is the optimum of three or four classes, more layers, or an enclosure of it, which may be
    /// below all frames.
    DeepCe { deep: Deep, enclosure: Option<Enclosure> },
}

impl<'a> Document<'a> {
    /// Reads everything; on the way, whether it speaks of this case.
    pub fn read(bytes: &'a [u8], given: &Given, hash: &str) -> Check<Self> {
        let mut reader = Reader::new(bytes)?;
        reader.symbol('{')?;
        reader.key("format")?;
        let format = reader.text()?;
        let known = "tightframe.certificate/1";
        require!(format == known, Malformed, "format", format, known);
        reader.next_key("case_sha256")?;
        let stated = reader.text()?;
        let hexadecimal = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        let fits = stated.len() == hash.len() && stated.bytes().all(hexadecimal);
        require!(fits, Malformed, "case_sha256", stated, "64 lower-case hexadecimal digits");
        require!(stated == hash, OtherCase, "case_sha256", stated, hash);
        if let Some(needed) = &given.beside {
            reader.next_key("targets_sha256")?;
            let stated = reader.text()?;
            let fits = stated.len() == needed.len() && stated.bytes().all(hexadecimal);
            require!(fits, Malformed, "targets_sha256", stated, "64 lower-case hexadecimal digits");
            require!(stated == needed, OtherCase, "targets_sha256", stated, needed);
        }
        reader.next_key("claim")?;
        reader.symbol('{')?;
        reader.key("statement")?;
        let statement = reader.text()?;
        let fits = Self::speaks_of(statement, given)?;
        require!(fits, Statement, "statement", statement, "one that speaks of such a problem");
        let document = Self::read_statement(statement, &mut reader)?;
        reader.symbol(']')?;
        reader.symbol('}')?;
        reader.end()?;
        Ok(document)
    }

    /// Whether a statement is one about such a problem.
    fn speaks_of(statement: &str, given: &Given) -> Check<bool> {
        let classes = given.counts.len();
        let entropy = given.loss == Loss::CrossEntropy;
        let plain = given.terms.is_plain();
        let deep = given.depth > 1 && classes > 1 && given.groups.len() == 1 && given.is_plain();
        Ok(match statement {
            "mse-optimum" => given.loss == Loss::Mse && plain,
            "mse-layer-optimum" => given.loss == Loss::Mse && !plain && given.depth == 1,
            "ce-optimum" => entropy && given.depth == 1,
            "ce-frame-refuted" => entropy && deep && given.rank >= classes.saturating_sub(1),
            "ce-two-classes" => entropy && deep && classes == 2,
            word if deep::STATEMENTS.contains(&word) => deep::speaks_of(word, given),
            other => return reject(Reason::Malformed, "statement", other, "a statement of the format"),
        })
    }

    /// What stands after the word of a statement, up to the end of the last step.
    fn read_statement(statement: &str, reader: &mut Reader<'a>) -> Check<Self> {
        Ok(match statement {
            "ce-optimum" | "mse-layer-optimum" => {
                let objective = reader.next_pair("objective")?;
                let mut merged = Vec::new();
                if statement == "ce-optimum" && reader.next_is(',') {
                    reader.next_key("merged")?;
                    merged = reader.list(|r| r.list(Reader::whole))?;
                }
                reader.proof()?;
                let dual = Dual::read(reader)?;
                Self::LayerOptimum { objective, merged, dual, point: Point::read_last(reader)? }
            }
            "ce-frame-refuted" => {
                let frame_at_least = reader.next_number("frame_at_least")?;
                let network_at_most = reader.next_number("network_at_most")?;
                reader.proof()?;
                let frame = Frame::read(reader)?;
                let point = Point::read_last(reader)?;
                Self::CeFrameRefuted { frame_at_least, network_at_most, frame, point }
            }
            "ce-two-classes" => {
                let objective = reader.next_pair("objective")?;
                reader.proof()?;
                let frame = Frame::read(reader)?;
                Self::CeTwoClasses { objective, frame, point: Point::read_last(reader)? }
            }
            word if deep::STATEMENTS.contains(&word) => Self::read_deep(word, reader)?,
            _ => {
                let claim = Modes::read(reader)?;
                reader.proof()?;
                let spectrum = Spectrum::read(reader)?;
                Self::MseOptimum { claim, spectrum, budget: Budget::read_last(reader)? }
            }
        })
    }

    fn read_deep(statement: &str, reader: &mut Reader<'a>) -> Check<Self> {
        let (deep, bounds) = Deep::read(statement, reader)?;
        let Some((frame_at_least, objective)) = bounds else {
            return Ok(Self::DeepCe { deep, enclosure: None });
        };
        let mut frame = None;
        if let Some(least) = frame_at_least {
            reader.symbol(',')?;
            frame = Some((least, Frame::read(reader)?));
        }
        let enclosure = Some(Enclosure { objective, frame, point: Point::read_last(reader)? });
        Ok(Self::DeepCe { deep, enclosure })
    }

    /// What it costs to test every condition.
    pub fn work(&self, given: &Given) -> u64 {
        let mut work = Work(0);
        match self {
            Self::MseOptimum { claim, spectrum, budget } => {
                spectrum.work(given, &claim.entries, &mut work);
                Law::work(given, claim, budget.root(), &mut work);
            }
            Self::LayerOptimum { dual, point, .. } => {
                dual.work(given, &mut work);
                point.work(given, &mut work);
            }
            Self::CeTwoClasses { point, .. } | Self::CeFrameRefuted { point, .. } => {
                point.work(given, &mut work)
            }
            Self::DeepCe { deep, enclosure } => {
                deep.tree.work(&Balanced::of(given), &deep.pulls, &mut work);
                if let Some(enclosure) = enclosure {
                    enclosure.point.work(given, &mut work);
                }
            }
        }
        work.0
    }

    /// Tests every condition.
    pub fn check(&self, given: &Given) -> Check<()> {
        match self {
            Self::MseOptimum { claim, spectrum, budget } => {
                spectrum.check(given, &claim.entries, claim.zeros)?;
                let law = Law::of(given);
                for entry in &claim.entries {
                    law.check(entry)?;
                }
                budget.check(&law, given.rank, claim)?;
                let word = budget.word(&law, &claim.entries);
                require!(claim.optimum == word, Optimum, "optimum", claim.optimum, word);
                let (least, most) = law.objective(claim);
                claim.objective.require_around(&least, &most, Reason::Objective, "objective")
            }
            Self::LayerOptimum { objective, merged, dual, point } => {
                merging::check(given, merged)?;
                enclosed(objective, &dual.bound(given)?, &point.bound(given)?)
            }
            Self::CeTwoClasses { objective, frame, point } => {
                enclosed(objective, &frame.bound(given)?, &point.bound(given)?)
            }
            Self::CeFrameRefuted { frame_at_least, network_at_most, frame, point } => {
                let (low, high) = (frame.bound(given)?, point.bound(given)?);
                refuted(frame_at_least, network_at_most, &low, &high, "network_at_most")
            }
            Self::DeepCe { deep, enclosure } => {
                deep.check(&Balanced::of(given))?;
                enclosure.as_ref().map_or(Ok(()), |enclosure| enclosure.check(given))
            }
        }
    }
}

impl Enclosure {
    /// The upper end, and that it is below the frames'; the tree proves the lower end.
    fn check(&self, given: &Given) -> Check<()> {
        let (objective, high) = (&self.objective, self.point.bound(given)?);
        enclosed(objective, &objective.low, &high)?;
        match &self.frame {
            Some((least, frame)) => refuted(least, &objective.high, &frame.bound(given)?, &high, "objective"),
            None => Ok(()),
        }
    }
}

/// The claimed pair reaches from below the lower bound to above the upper one.
fn enclosed(objective: &Pair, low: &Number, high: &Number) -> Check<()> {
    let (least, most) = (&objective.low, &objective.high);
    require!(least <= low, Objective, "objective", short(least), format!("at most {}", short(low)));
    require!(most >= high, Objective, "objective", short(most), format!("at least {}", short(high)));
    Ok(())
}

/// The two claimed numbers keep to their bounds, and leave a gap.
fn refuted(frame: &Number, network: &Number, low: &Number, high: &Number, place: &str) -> Check<()> {
    require!(frame <= low, FrameBound, "frame_at_least", short(frame), format!("at most {}", short(low)));
    require!(network >= high, NetworkBound, place, short(network), format!("at least {}", short(high)));
    require!(network < frame, Refutation, place, short(network), format!("below {}", short(frame)));
    Ok(())
}
