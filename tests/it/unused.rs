//! Nothing is kept that nobody uses: neither a dependency nor a public item that only tests call.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::visit_mut::{self, VisitMut};

use crate::tidy::{assert_none, files, manifests, read, root};

/// Public names that the product does not call, each with its reason.
const KEPT: [(&str, &str); 8] = [
    (
        "FIRST_NUMBERS",
        "the script that trains the classifier reads it through an example",
    ),
    ("SECOND_NUMBERS", "the same"),
    (
        "dump",
        "the same: it writes the numbers that the classifier is trained on",
    ),
    (
        "parse_only",
        "a benchmark's yardstick: what of an extraction is parsing",
    ),
    ("faults_fired", "a test of a fault has to see that it fired"),
    (
        "schema_digest",
        "the key of the template database that tests copy",
    ),
    (
        "warm_pids",
        "tests kill the processes it names, and a benchmark weighs them",
    ),
    (
        "robots_txt",
        "reads a host's rules; the functions do not ask for them yet",
    ),
];

#[test]
fn every_dependency_of_the_workspace_has_a_user() {
    let members: Vec<String> = manifests().iter().map(|path| read(path)).collect();
    let unused: Vec<String> = dependencies()
        .into_iter()
        .filter(|name| {
            let lines = [format!("\n{name}.workspace"), format!("\n{name} = {{")];
            let takes = |text: &String| lines.iter().any(|line| text.contains(line));
            !members.iter().any(takes)
        })
        .collect();

    assert_none("no member takes it", &unused);
}

#[test]
fn every_dependency_of_a_member_is_named_in_its_code() {
    let mut unused = Vec::new();
    for manifest in manifests() {
        let text = read(&manifest);
        let folder = manifest.parent().expect("a member's folder");
        let code: Vec<String> = files(&[".rs"])
            .iter()
            .filter(|path| path.starts_with(folder))
            .map(|path| read(path))
            .collect();
        for name in dependencies() {
            let takes = text.contains(&format!("\n{name}.workspace"))
                || text.contains(&format!("\n{name} = {{ workspace"));
            let crate_name = name.replace('-', "_");
            // A comment beside the dependency says what it is taken for when no code names it.
            let argued = text
                .lines()
                .any(|line| line.starts_with(&name) && line.contains('#'));
            if takes && !argued && !code.iter().any(|code| code.contains(&crate_name)) {
                unused.push(format!("{}: {name}", manifest.display()));
            }
        }
    }

    assert_none("take it out, or say after a `#` what it is for", &unused);
}

#[test]
fn every_public_item_is_used_by_the_product() {
    let mut defined: BTreeMap<String, PathBuf> = BTreeMap::new();
    let mut uses: BTreeMap<String, isize> = BTreeMap::new();
    for path in product_files() {
        let text = read(&path);
        let mut file = syn::parse_file(&text).expect("a file of Rust");
        let mut product = ProductOnly::default();
        product.visit_file_mut(&mut file);
        count(file.to_token_stream(), &mut uses);
        for name in product.public {
            *uses.entry(name.clone()).or_default() -= 1;
            defined.insert(name, path.clone());
        }
    }
    assert!(
        defined.len() > 300,
        "{} public items were read",
        defined.len()
    );

    let kept: BTreeSet<&str> = KEPT.iter().map(|(name, _)| *name).collect();
    let unused: Vec<String> = defined
        .iter()
        .filter(|(name, _)| uses.get(*name).copied().unwrap_or(0) <= 0)
        .filter(|(name, _)| !kept.contains(name.as_str()))
        .map(|(name, path)| format!("{}: {name}", path.display()))
        .collect();
    assert_none("only tests use it: take it out, or argue in KEPT", &unused);
    for (name, _) in KEPT {
        assert!(
            defined.contains_key(name),
            "{name} is gone from the product"
        );
    }
}

/// The names in the workspace's table of dependencies.
fn dependencies() -> Vec<String> {
    let manifest = read(&root().join("Cargo.toml"));
    let table = manifest.split("[workspace.dependencies]").nth(1);
    let table = table
        .and_then(|rest| rest.split("\n[").next())
        .expect("the table");
    let names = table.lines().filter(|line| !line.starts_with('#'));
    names
        .filter_map(|line| line.split_once(" = "))
        .map(|(name, _)| name.to_owned())
        .collect()
}

/// The members' own code, without their tests, benchmarks and examples.
fn product_files() -> Vec<PathBuf> {
    let source = |path: &Path| {
        let path = path.strip_prefix(root()).unwrap_or(path);
        let parts: Vec<_> = path.iter().filter_map(|part| part.to_str()).collect();
        let rooms = ["functions", "infra", "shared"];
        let in_source = parts.get(2) == Some(&"src") && rooms.contains(&parts[0]);
        // The tests' own server is made of the parts of the product's.
        let in_source = in_source || parts.starts_with(&["tests", "database", "src"]);
        let for_tests = parts.iter().skip(1).any(|part| {
            *part == "tests" || part.ends_with("tests.rs") || part.starts_with("test_")
        });
        in_source && !for_tests
    };
    files(&[".rs"])
        .into_iter()
        .filter(|path| source(path))
        .collect()
}

/// Takes tests and re-exports out of a file, and notes its public items.
#[derive(Default)]
struct ProductOnly {
    public: Vec<String>,
}

impl VisitMut for ProductOnly {
    fn visit_file_mut(&mut self, file: &mut syn::File) {
        file.items.retain(is_product);
        visit_mut::visit_file_mut(self, file);
    }

    fn visit_item_mod_mut(&mut self, module: &mut syn::ItemMod) {
        if let Some((_, items)) = &mut module.content {
            items.retain(is_product);
        }
        visit_mut::visit_item_mod_mut(self, module);
    }

    fn visit_item_mut(&mut self, item: &mut syn::Item) {
        let (public, name) = match item {
            syn::Item::Const(item) => (&item.vis, &item.ident),
            syn::Item::Enum(item) => (&item.vis, &item.ident),
            syn::Item::Fn(item) => (&item.vis, &item.sig.ident),
            syn::Item::Static(item) => (&item.vis, &item.ident),
            syn::Item::Struct(item) => (&item.vis, &item.ident),
            syn::Item::Trait(item) => (&item.vis, &item.ident),
            syn::Item::Type(item) => (&item.vis, &item.ident),
            _ => return visit_mut::visit_item_mut(self, item),
        };
        if matches!(public, syn::Visibility::Public(_)) {
            self.public.push(name.to_string());
        }
        visit_mut::visit_item_mut(self, item);
    }

    fn visit_impl_item_fn_mut(&mut self, method: &mut syn::ImplItemFn) {
        if matches!(method.vis, syn::Visibility::Public(_)) {
            self.public.push(method.sig.ident.to_string());
        }
        visit_mut::visit_impl_item_fn_mut(self, method);
    }
}

fn is_product(item: &syn::Item) -> bool {
    let re_export =
        matches!(item, syn::Item::Use(item) if !matches!(item.vis, syn::Visibility::Inherited));
    !re_export && !crate::rings::is_for_tests(item)
}

fn count(tokens: TokenStream, uses: &mut BTreeMap<String, isize>) {
    for token in tokens {
        match token {
            TokenTree::Ident(name) => *uses.entry(name.to_string()).or_default() += 1,
            TokenTree::Group(group) => count(group.stream(), uses),
            TokenTree::Literal(_) | TokenTree::Punct(_) => {}
        }
    }
}
