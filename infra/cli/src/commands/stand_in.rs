//! `gleaner stand-in`: the offline stand-in for the LLM, alone. Rules, not a language model.

use std::process::ExitCode;
use std::time::Duration;

use stand_in::{LABEL, MODEL, Options, Script, StandIn};

use crate::args::StandInArgs;
use crate::failure::advise;
use crate::print;
use crate::signals::Signals;

pub(crate) async fn stand_in(args: StandInArgs) -> anyhow::Result<ExitCode> {
    let mut signals = Signals::listen()?;
    let script: Script = args.fault.join(",").parse()?;
    let delay = args.delay.unwrap_or(Duration::ZERO);
    let options = Options {
        delay,
        script,
        ..Options::default()
    };
    let started = StandIn::start(args.listen, options).await;
    let model = started.map_err(|error| advise(error, "another address, such as 127.0.0.1:0"))?;
    anstream::println!("{} {MODEL} ({LABEL})", print::good("✓"));
    anstream::println!("  LLM_BASE_URL={} LLM_MODEL={MODEL}", model.base_url());
    anstream::println!("{}", print::faint("  Ctrl-C ends it."));
    signals.next().await;
    let requests = model.requests();
    model.stop().await;
    anstream::println!("{requests} requests answered.");
    Ok(ExitCode::SUCCESS)
}
