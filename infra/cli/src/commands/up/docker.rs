//! A Docker network of our own: containers in it reach this machine at its gateway address, and
//! nothing wider is listened on.

use std::ffi::OsStr;
use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

use anyhow::{Context as _, bail};
use domain::{Budget, Step};
use postgres::ContainerNetwork;
use runtime::{clock, within};
use serde_json::Value;
use tokio::process::Command;

use crate::failure::advise;
use crate::print;
use crate::screen::Screen;

/// The network's name, as `--docker-network` takes it.
pub(crate) const NAME: &str = "gleaner";

/// Marks a network that we made.
const LABEL: &str = "gleaner.up";

/// Docker answers in a fraction of a second; a busy machine takes its time.
const DOCKER_MAX: Duration = Duration::from_secs(30);

/// Makes the network, or takes one that was left over. `None`, said on the screen: there is no
/// Docker engine here, or its networks are not on this machine.
pub(crate) async fn make_network(screen: &Screen) -> anyhow::Result<Option<ContainerNetwork>> {
    if let Err(error) = docker(&["version", "--format", "{{.Server.Version}}"]).await {
        let why = print::faint(&format!("{error:#}"));
        screen.say(&format!(
            "  - no Docker engine answers: on loopback instead  {why}"
        ));
        return Ok(None);
    }
    let line = screen.begin("making a Docker network");
    let known = docker(&["network", "inspect", NAME]).await;
    let described = match known {
        Ok(described) => described,
        Err(_absent) => {
            docker(&["network", "create", "--label", LABEL, NAME]).await?;
            docker(&["network", "inspect", NAME]).await?
        }
    };
    let network = read(&described)?;
    if TcpListener::bind((network.gateway, 0)).is_err() {
        let where_it_is = "Docker's networks are in a machine of its own: on loopback instead";
        screen.say(&format!("  - {where_it_is}"));
        remove_network().await;
        return Ok(None);
    }
    line.done(&format!("Docker network {NAME}, {}", network.gateway));
    Ok(Some(network))
}

/// Removes the network; what is still attached keeps it, which is said.
pub(crate) async fn remove_network() {
    if let Err(error) = docker(&["network", "rm", NAME]).await {
        let warning = print::wait("warning");
        anstream::eprintln!("{warning}: the Docker network {NAME} is left: {error:#}");
    }
}

fn read(described: &str) -> anyhow::Result<ContainerNetwork> {
    let all: Value = serde_json::from_str(described).context("read what Docker says")?;
    if all.pointer("/0/Labels/gleaner.up").is_none() {
        let foreign = anyhow::anyhow!("use the Docker network {NAME}: somebody else made it");
        return Err(advise(
            foreign,
            format!("`docker network rm {NAME}`, or --loopback"),
        ));
    }
    let ranges = all.pointer("/0/IPAM/Config").and_then(Value::as_array);
    let ranges = ranges.map_or(&[][..], Vec::as_slice);
    let text = |range: &Value, key: &str| Some(range.get(key)?.as_str()?.to_owned());
    let mut found = ranges.iter().filter_map(|range| {
        let gateway: Ipv4Addr = text(range, "Gateway")?.parse().ok()?;
        Some(ContainerNetwork {
            gateway,
            subnet: text(range, "Subnet")?,
        })
    });
    let found = found.next();
    found.with_context(|| format!("find the gateway of the Docker network {NAME}"))
}

async fn docker<A: AsRef<OsStr>>(arguments: &[A]) -> anyhow::Result<String> {
    let mut command = Command::new("docker");
    command.args(arguments).kill_on_drop(true);
    let budget = Budget::starting(clock::now(), DOCKER_MAX);
    let output = within(Step::Boot, &budget, command.output()).await;
    let output = output?.context("run docker")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("docker says: {}", said.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_of_ours_gives_its_gateway_and_one_of_others_is_left_alone() {
        let ours = r#"[{"Labels":{"gleaner.up":""},"IPAM":{"Config":[
            {"Subnet":"fd00::/64","Gateway":"fd00::1"},
            {"Subnet":"172.18.0.0/16","Gateway":"172.18.0.1"}]}}]"#;
        let theirs = ours.replace("gleaner.up", "com.example");

        let read_back = read(ours).expect("ours");

        assert_eq!(read_back.gateway, Ipv4Addr::new(172, 18, 0, 1));
        assert_eq!(read_back.subnet, "172.18.0.0/16");
        assert!(read(&theirs).is_err() && read("[]").is_err() && read("no").is_err());
    }
}
