//! No ring of files: what a file uses never leads back to it, so every crate can be read from the
//! bottom up.
//!
//! A use is a path that names an item of another file of the same crate, followed through
//! re-exports to the file that defines it. Tests may look back at what they test. Methods are not
//! followed: whoever calls one has named its type.

mod graph;

pub(crate) use graph::is_for_tests;

use std::collections::BTreeSet;
use std::path::Path;

use graph::CrateFiles;

use crate::tidy::{assert_none, manifests};

#[test]
fn no_file_uses_another_that_leads_back_to_it() {
    let mut rings = Vec::new();
    let mut uses = 0;
    for manifest in manifests() {
        let folder = manifest.parent().expect("a member's folder");
        for root in ["src/lib.rs", "src/main.rs"] {
            let root = folder.join(root);
            if root.exists() {
                let files = CrateFiles::read(&root);
                uses += files.uses().values().map(BTreeSet::len).sum::<usize>();
                rings.extend(files.rings().iter().map(|ring| told(ring)));
            }
        }
    }

    assert!(uses > 500, "the uses were read, {uses} of them");
    assert_none("move what both sides need into a file below both", &rings);
}

fn told(ring: &[&Path]) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let root = root.canonicalize().expect("the workspace's folder");
    let names = ring.iter().map(|file| {
        let file = file.canonicalize().expect("a file that was read");
        file.strip_prefix(&root)
            .unwrap_or(&file)
            .display()
            .to_string()
    });
    names.collect::<Vec<_>>().join(" ↔ ")
}

#[test]
fn a_ring_over_a_re_export_is_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).expect("write a file");
    };
    write("lib.rs", "mod a;\nmod b;\npub use a::A;");
    write("a.rs", "use crate::b::B;\npub struct A(B);");
    write("b.rs", "use super::A;\npub struct B; fn b(_: &A) {}");
    let ring = CrateFiles::read(&folder.path().join("lib.rs"));
    write(
        "b.rs",
        "pub struct B;\n#[cfg(test)] mod tests { use super::super::A; }",
    );
    let sound = CrateFiles::read(&folder.path().join("lib.rs"));

    assert_eq!(ring.rings().len(), 1, "{:?}", ring.uses());
    assert!(sound.rings().is_empty(), "{:?}", sound.uses());
}
