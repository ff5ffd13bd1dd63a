//! The command that installs Postgres on this system.

use std::fs;
use std::path::Path;

/// For the error that says that there is none.
pub(super) fn command() -> String {
    let root = rustix::process::geteuid().is_root();
    if cfg!(target_os = "macos") {
        return "brew install postgresql@17".to_owned();
    }
    // The second is where systems put it that the first is a link on.
    let places = ["/etc/os-release", "/usr/lib/os-release"];
    let read = places
        .iter()
        .find_map(|path| fs::read_to_string(Path::new(path)).ok());
    for_linux(&read.unwrap_or_default(), root)
}

/// From the names in os-release, the own one first and then those it is like.
fn for_linux(release: &str, root: bool) -> String {
    let value = |key: &str| {
        let mut values = release.lines().filter_map(|line| line.strip_prefix(key));
        values.next().unwrap_or_default().trim_matches('"')
    };
    let names = value("ID=").split(' ').chain(value("ID_LIKE=").split(' '));
    let known = names.into_iter().find_map(|name| match name {
        "debian" | "ubuntu" => Some("apt-get install -y postgresql"),
        "fedora" | "rhel" | "centos" | "amzn" => Some("dnf install -y postgresql-server"),
        "arch" => Some("pacman -S --noconfirm postgresql"),
        "alpine" => Some("apk add postgresql"),
        "suse" | "opensuse" => Some("zypper install -y postgresql-server"),
        "nixos" => Some("nix-env -iA nixos.postgresql"),
        _ => None,
    });
    match known {
        Some(command) if root || command.starts_with("nix-env") => command.to_owned(),
        Some(command) => format!("sudo {command}"),
        None => "the package called postgresql-server or postgresql of this system".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_that_of_the_system_or_of_what_it_is_like() {
        let mint = "NAME=\"Linux Mint\"\nID=linuxmint\nID_LIKE=\"ubuntu debian\"\n";
        let amazon = "ID=\"amzn\"\nID_LIKE=\"fedora\"\n";

        assert_eq!(for_linux(mint, false), "sudo apt-get install -y postgresql");
        assert_eq!(for_linux(mint, true), "apt-get install -y postgresql");
        assert_eq!(
            for_linux(amazon, false),
            "sudo dnf install -y postgresql-server"
        );
        assert_eq!(
            for_linux("ID=nixos\n", false),
            "nix-env -iA nixos.postgresql"
        );
    }

    #[test]
    fn an_unknown_system_gets_words() {
        assert!(for_linux("", false).contains("postgresql"));
    }
}
