//! `design`: regularisation from wishes.

use super::cases::{Network, read};
use super::form::{Form, Format};
use super::screen::Screen;
use super::{Error, Exit, answer};
use crate::case::{Case, Loss};
use crate::design::{Answer, Asked, Factor, Request, Wish, design};
use crate::exact::{DIGITS, Rational, read_rational};
use crate::output::{Call, Kind, Target};
use crate::render;
use crate::render::design::DesignJson;
use crate::render::verification::VerificationJson;
use crate::render::verification_text::{WITHOUT_RUNS, statements};
use crate::study::Study;
use crate::verdict::Plan;
use clap::Args;
use num_traits::One;
use std::path::PathBuf;

/// Find regularisation that keeps every class, with margins and norms as wished, and prove it
#[derive(Args)]
#[command(
    allow_negative_numbers = true,
    after_help = "\
Examples:
  tightframe design --counts 200,100,50,10 --widths 64,64 --margin 0.9
  tightframe design --counts 200,100,50,10 --widths 64,64 --margin-of 4=0.95 --feature-norm-cap 0.3 -o my.toml
  tightframe design --counts '50*20' --widths 64 --fix H=5e-4 --margin 0.8
  tightframe design my.toml --margin 0.9 --near case

That no class is lost is always wished. The answer has the largest product of all weights that the wishes allow, ties
broken towards equal weights; with --near it changes the given weights least, by Σ |ln λ − ln λ⁰|. The margin of a
class is the logit of its mean on itself (without a bias its shrinkage u). The loss is the mean squared error.

Exit code 0 found and proved, 2 bad input or wishes that provably conflict (they are named), 3 undecided."
)]
pub struct Design {
    /// A case file: its network is taken, its regularisation is not
    #[arg(conflicts_with_all = ["counts", "widths", "bias"], required_unless_present_all = ["counts", "widths"])]
    case: Option<PathBuf>,
    #[command(flatten)]
    network: Network,
    /// Least margin of every class
    #[arg(long, value_name = "FLOOR")]
    margin: Option<String>,
    /// Least margin of one class
    #[arg(long, value_name = "CLASS=FLOOR", value_delimiter = ',')]
    margin_of: Vec<String>,
    /// Largest ‖h_k‖ of every class mean
    #[arg(long, value_name = "CAP")]
    feature_norm_cap: Option<String>,
    /// Largest ‖h_k‖ of one class mean
    #[arg(long, value_name = "CLASS=CAP", value_delimiter = ',')]
    feature_norm_cap_of: Vec<String>,
    /// Largest ‖w_k‖ of every row of W_M
    #[arg(long, value_name = "CAP")]
    classifier_norm_cap: Option<String>,
    /// Largest ‖w_k‖ of one row of W_M
    #[arg(long, value_name = "CLASS=CAP", value_delimiter = ',')]
    classifier_norm_cap_of: Vec<String>,
    /// Largest Frobenius norm of a factor: H=CAP, W1=CAP, …
    #[arg(long, value_name = "FACTOR=CAP", value_delimiter = ',')]
    factor_norm_cap: Vec<String>,
    /// Keep the weight of a factor: H=5e-4, W1=1e-3, …; a number alone is for all
    #[arg(long, value_name = "FACTOR=WEIGHT", value_delimiter = ',')]
    fix: Vec<String>,
    /// Change these weights least: 5e-4 for all, or H=…,W1=…,…; `case` takes the case file's
    #[arg(long, value_name = "WEIGHTS", value_delimiter = ',')]
    near: Vec<String>,
    #[command(flatten)]
    form: Form,
    /// Train the network with the answer, and say whether training finds its optimum
    #[arg(long)]
    verify: bool,
    /// Significant digits, all proven
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u64).range(1..=17))]
    digits: u64,
    /// Write a case file whose claims are the wishes
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Overwrite a file of another kind too; what the call reads is never overwritten
    #[arg(long)]
    force: bool,
}

impl Design {
    pub fn run(&self, screen: &Screen) -> Result<Exit, Error> {
        let inputs: Vec<PathBuf> = self.case.iter().cloned().collect();
        let call = Call { inputs: &inputs, force: self.force };
        let target = self.output.as_deref().map(|path| Target::new(path, Kind::Case, call)).transpose()?;
        let request = self.request()?;
        let found = design(&request);
        if let (Answer::Found(found), Some(target)) = (&found, &target) {
            let case = render::wish::case_file(&request, found);
            target.write(case.as_bytes()).map_err(Error::unwritable(target))?;
        }
        let case = match &found {
            Answer::Found(found) if self.verify => {
                Some(Case::parse("the answer", render::wish::case_file(&request, found).as_bytes())?)
            }
            _ => None,
        };
        let training = case.as_ref().map(|case| trained(screen, case)).transpose()?;
        let digits = self.digits as usize;
        match (self.form.format, &found) {
            (Format::Json, _) => {
                let training = training.map(|t| t.document);
                let json = DesignJson { training, ..DesignJson::of(&request, &found, DIGITS) };
                answer(render::json(&json).as_bytes())?;
            }
            (Format::Text, Answer::Found(found)) => {
                let mut page = render::design::text(&request, found, digits);
                page += &match &training {
                    Some(training) => format!("\n{}", training.statements),
                    None => render::design::ABOUT_OPTIMUM.to_owned(),
                };
                screen.show(&page)?;
            }
            (Format::Text, _) => {}
        }
        match &found {
            Answer::Found(_) => Ok(Exit::Success),
            Answer::Conflict(conflict) => {
                Err(Error::Conflict { text: render::design::conflict_text(&request, conflict) })
            }
            Answer::Open(suspects) => {
                Err(Error::Open { text: render::design::open_text(&request, suspects) })
            }
        }
    }

    fn request(&self) -> Result<Request, Error> {
        let case = self.case.as_deref().map(read).transpose()?;
        let problem = match &case {
            Some(case) => case.problem().clone(),
            None => self.network.problem(
                Loss::Mse,
                vec![Rational::one(); self.network.widths.len()],
                Rational::one(),
                &|_| None,
            )?,
        };
        let depth = problem.depth();
        let near = match self.near.as_slice() {
            [] => None,
            [word] if word == "case" => {
                let Some(case) = &case else {
                    return Err(Error::Option {
                        given: "--near case".to_owned(),
                        wrong: "no case file to stay near".to_owned(),
                        hint: "name a case file, or give weights: --near 5e-4".to_owned(),
                    });
                };
                let problem = case.problem();
                let all = std::iter::once(problem.features()).chain(problem.weights()).cloned();
                Some(all.enumerate().map(|(j, λ)| (Factor(j), λ)).collect())
            }
            items => Some(weights("--near", items, depth)?.into_iter().map(|(f, λ, _)| (f, λ)).collect()),
        };
        Request::new(&problem, self.wishes(depth)?, near)
            .map_err(|mistake| Error::Wishes { case: case.map(|case| case.name().to_owned()), mistake })
    }

    fn wishes(&self, depth: usize) -> Result<Vec<Asked>, Error> {
        let mut all = Vec::new();
        let mut every = |flag: &str, text: &Option<String>, wish: &dyn Fn(Rational) -> Wish| {
            let Some(text) = text else { return Ok(()) };
            let words = format!("{flag} {text}");
            all.push(Asked { wish: wish(number(&words, text)?), words });
            Ok::<(), Error>(())
        };
        every("--margin", &self.margin, &|floor| Wish::Margin { class: None, floor })?;
        every("--feature-norm-cap", &self.feature_norm_cap, &|cap| Wish::FeatureNorm { class: None, cap })?;
        every("--classifier-norm-cap", &self.classifier_norm_cap, &|cap| Wish::ClassifierNorm {
            class: None,
            cap,
        })?;
        let mut each = |flag: &str, items: &[String], wish: &dyn Fn(usize, Rational) -> Wish| {
            for item in items {
                let words = format!("{flag} {item}");
                let class = |name: &str| name.trim().parse::<usize>().ok().filter(|k| *k > 0);
                let Some((class, bound)) = item.split_once('=').and_then(|(k, x)| Some((class(k)?, x)))
                else {
                    return Err(Error::Option {
                        given: words,
                        wrong: format!("`{item}` names no class"),
                        hint: format!("write the class, counted from 1, and the bound: {flag} 4=0.9"),
                    });
                };
                all.push(Asked { wish: wish(class - 1, number(&words, bound)?), words });
            }
            Ok(())
        };
        each("--margin-of", &self.margin_of, &|class, floor| Wish::Margin { class: Some(class), floor })?;
        each("--feature-norm-cap-of", &self.feature_norm_cap_of, &|class, cap| Wish::FeatureNorm {
            class: Some(class),
            cap,
        })?;
        each("--classifier-norm-cap-of", &self.classifier_norm_cap_of, &|class, cap| Wish::ClassifierNorm {
            class: Some(class),
            cap,
        })?;
        for item in &self.factor_norm_cap {
            let (factor, cap, words) = factor_and_number("--factor-norm-cap", item)?;
            all.push(Asked { wish: Wish::FactorNorm { factor, cap }, words });
        }
        let fixed = weights("--fix", &self.fix, depth)?;
        all.extend(
            fixed
                .into_iter()
                .map(|(factor, weight, words)| Asked { wish: Wish::Fixed { factor, weight }, words }),
        );
        Ok(all)
    }
}

/// What training says of an answer.
struct Trained {
    statements: String,
    document: VerificationJson,
}

/// Trains the network of an answer.
fn trained(screen: &Screen, case: &Case) -> Result<Trained, Error> {
    let plan = Plan::of(case.training());
    let tolerance = plan.tolerance;
    let training = screen.training(plan.seeds.len() as u64 + 1);
    let listener = |news: crate::verdict::News<'_>| training.hear(news);
    let study = Study::of(case).trained(plan, &listener);
    let found = study.training().map_err(|reason| Error::Untrainable {
        case: case.name().into(),
        reason: *reason,
        hint: "without --verify the answer needs no training",
    })?;
    training.bar.finish_and_clear();
    Ok(match found {
        Some(v) => Trained {
            statements: statements(study.known(), v),
            document: VerificationJson::of(case.title(), v),
        },
        None => Trained {
            statements: WITHOUT_RUNS.to_owned(),
            document: VerificationJson::without_runs(case.title(), tolerance),
        },
    })
}

/// Weights by factor; a number alone is for all factors.
fn weights(flag: &str, items: &[String], depth: usize) -> Result<Vec<(Factor, Rational, String)>, Error> {
    let mut all = Vec::new();
    for item in items {
        if item.contains('=') {
            all.push(factor_and_number(flag, item)?);
        } else {
            let words = format!("{flag} {item}");
            let weight = number(&words, item)?;
            all.extend((0..=depth).map(|j| (Factor(j), weight.clone(), words.clone())));
        }
    }
    Ok(all)
}

fn factor_and_number(flag: &str, item: &str) -> Result<(Factor, Rational, String), Error> {
    let words = format!("{flag} {item}");
    let named = item.split_once('=').and_then(|(name, x)| Some((factor(name.trim())?, x)));
    let Some((factor, x)) = named else {
        return Err(Error::Option {
            given: words,
            wrong: format!("`{item}` names no factor"),
            hint: format!("the features are H, the layers W1, W2, …: {flag} H=0.5"),
        });
    };
    Ok((factor, number(&words, x)?, words))
}

fn factor(name: &str) -> Option<Factor> {
    if name == "H" {
        return Some(Factor(0));
    }
    let layer = name.strip_prefix('W')?;
    layer.strip_prefix('_').unwrap_or(layer).parse().ok().filter(|l| *l > 0).map(Factor)
}

fn number(words: &str, text: &str) -> Result<Rational, Error> {
    read_rational(text).map_err(|error| Error::Option {
        given: words.to_owned(),
        wrong: format!("`{text}` is {error}"),
        hint: "write a decimal like 5e-4 or a fraction like 1/3".to_owned(),
    })
}
