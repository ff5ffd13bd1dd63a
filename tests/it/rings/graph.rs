//! The files of one crate, what each defines, and which other files each names.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};

/// A module's place in its crate; the root's is empty.
type Module = Vec<String>;

/// Longest chain of re-exports that is followed.
const RE_EXPORTS_MAX: usize = 8;

/// What one module holds.
#[derive(Default)]
struct Scope {
    /// Where its text stands.
    file: PathBuf,
    /// Names that it defines itself.
    items: BTreeSet<String>,
    /// Names that it takes from elsewhere, with the path they were taken by.
    taken: BTreeMap<String, Vec<String>>,
    /// Modules whose every name it takes.
    globs: Vec<Vec<String>>,
    /// Every path that its text names.
    named: Vec<Vec<String>>,
}

/// A crate as a graph of files.
pub(super) struct CrateFiles {
    modules: BTreeMap<Module, Scope>,
}

impl CrateFiles {
    /// Reads the crate whose root is `root`, without what only its tests see.
    pub(super) fn read(root: &Path) -> Self {
        let mut files = Self {
            modules: BTreeMap::new(),
        };
        let folder = root.parent().expect("a folder").to_owned();
        files.read_file(root, &folder, Vec::new());
        files
    }

    /// For each file, the other files that it names.
    pub(super) fn uses(&self) -> BTreeMap<&Path, BTreeSet<&Path>> {
        let mut uses: BTreeMap<&Path, BTreeSet<&Path>> = BTreeMap::new();
        for (module, scope) in &self.modules {
            let others = uses.entry(&scope.file).or_default();
            let paths = scope.named.iter().chain(&scope.globs);
            let defining = paths.filter_map(|path| self.file_of(module, path, RE_EXPORTS_MAX));
            others.extend(defining.filter(|file| *file != scope.file));
        }
        uses
    }

    /// Groups of files each of which leads to all others of its group.
    pub(super) fn rings(&self) -> Vec<Vec<&Path>> {
        let uses = self.uses();
        let reached: BTreeMap<&Path, BTreeSet<&Path>> = uses
            .keys()
            .map(|file| (*file, reach(&uses, file)))
            .collect();
        let mut rings: Vec<Vec<&Path>> = Vec::new();
        for (file, onward) in &reached {
            let seen = rings.iter().any(|ring| ring.contains(file));
            if onward.contains(file) && !seen {
                let both = onward
                    .iter()
                    .filter(|other| reached[**other].contains(file));
                rings.push(both.copied().collect());
            }
        }
        rings
    }

    fn read_file(&mut self, file: &Path, folder: &Path, module: Module) {
        let text = fs::read_to_string(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let parsed = syn::parse_file(&text).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        self.read_items(&parsed.items, file, folder, module);
    }

    fn read_items(&mut self, items: &[syn::Item], file: &Path, folder: &Path, module: Module) {
        let mut scope = Scope {
            file: file.to_owned(),
            ..Scope::default()
        };
        for item in items.iter().filter(|item| !is_for_tests(item)) {
            if let syn::Item::Mod(inner) = item {
                let name = inner.ident.to_string();
                let below = folder.join(&name);
                let mut module = module.clone();
                module.push(name.clone());
                match &inner.content {
                    Some((_, items)) => self.read_items(items, file, &below, module),
                    None => self.read_file(&module_file(folder, &name), &below, module),
                }
            } else {
                scope.visit_item(item);
                scope.items.extend(defined(item));
            }
        }
        self.modules.insert(module, scope);
    }

    /// The file that defines what `path` means inside `module`; none for what is not this crate's.
    fn file_of(&self, module: &[String], path: &[String], left: usize) -> Option<&Path> {
        let left = left.checked_sub(1)?;
        let first = path.first()?;
        let mut at: Module = module.to_vec();
        let mut rest = path;
        match first.as_str() {
            "crate" => at.clear(),
            "self" => {}
            "super" => {
                at.pop()?;
            }
            _ => return self.named_in(&at, first, &path[1..], left),
        }
        rest = &rest[1..];
        while rest.first().is_some_and(|next| next == "super") {
            at.pop()?;
            rest = &rest[1..];
        }
        let Some(next) = rest.first() else {
            return Some(&self.modules.get(&at)?.file);
        };
        self.named_in(&at, next, &rest[1..], left)
    }

    /// What `name`, followed by `rest`, means in the module `at`.
    fn named_in(&self, at: &[String], name: &str, rest: &[String], left: usize) -> Option<&Path> {
        let scope = self.modules.get(at)?;
        let mut child = at.to_vec();
        child.push(name.to_owned());
        if let Some(below) = self.modules.get(&child) {
            return match rest.first() {
                Some(next) => self.named_in(&child, next, &rest[1..], left),
                None => Some(&below.file),
            };
        }
        if scope.items.contains(name) {
            return Some(&scope.file);
        }
        if let Some(taken) = scope.taken.get(name) {
            let mut whole = taken.clone();
            whole.extend_from_slice(rest);
            return self.file_of(at, &whole, left);
        }
        let mut globs = scope.globs.iter();
        globs.find_map(|glob| {
            let mut whole = glob.clone();
            whole.push(name.to_owned());
            self.file_of(at, &whole, left)
        })
    }
}

impl<'ast> Visit<'ast> for Scope {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments = path.segments.iter().map(|part| part.ident.to_string());
        self.named.push(segments.collect());
        visit::visit_path(self, path);
    }

    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {
        // `pub(super)` says who may look, and uses nothing.
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        // A re-export alone is a signpost: whoever follows it uses the file that it points to.
        let signpost = !matches!(item.vis, syn::Visibility::Inherited);
        self.take(&item.tree, Vec::new(), signpost);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        visit::visit_macro(self, call);
        let inside = syn::parse::Parser::parse2(
            syn::punctuated::Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated,
            call.tokens.clone(),
        );
        if let Ok(arguments) = inside {
            let named = Expressions(&mut self.named);
            arguments.iter().fold(named, |mut named, argument| {
                named.visit_expr(argument);
                named
            });
        }
    }
}

/// Collects the paths of a macro's arguments, which live no longer than the call.
struct Expressions<'a>(&'a mut Vec<Vec<String>>);

impl<'ast> Visit<'ast> for Expressions<'_> {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments = path.segments.iter().map(|part| part.ident.to_string());
        self.0.push(segments.collect());
        visit::visit_path(self, path);
    }
}

impl Scope {
    fn take(&mut self, tree: &syn::UseTree, mut before: Vec<String>, signpost: bool) {
        let (name, path) = match tree {
            syn::UseTree::Path(part) => {
                before.push(part.ident.to_string());
                return self.take(&part.tree, before, signpost);
            }
            syn::UseTree::Group(group) => {
                let trees = group.items.iter();
                return trees.for_each(|tree| self.take(tree, before.clone(), signpost));
            }
            syn::UseTree::Glob(_) => return self.globs.push(before),
            syn::UseTree::Name(leaf) if leaf.ident == "self" => {
                (before.last().cloned().unwrap_or_default(), before)
            }
            syn::UseTree::Name(leaf) => {
                before.push(leaf.ident.to_string());
                (leaf.ident.to_string(), before)
            }
            syn::UseTree::Rename(leaf) => {
                before.push(leaf.ident.to_string());
                (leaf.rename.to_string(), before)
            }
        };
        if !signpost {
            self.named.push(path.clone());
        }
        self.taken.insert(name, path);
    }
}

/// Everything that can be reached from `file` by at least one step.
fn reach<'a>(uses: &BTreeMap<&'a Path, BTreeSet<&'a Path>>, file: &Path) -> BTreeSet<&'a Path> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&Path> = vec![file];
    while let Some(next) = open.pop() {
        for used in uses.get(next).into_iter().flatten() {
            if reached.insert(*used) {
                open.push(used);
            }
        }
    }
    reached
}

fn module_file(folder: &Path, name: &str) -> PathBuf {
    let beside = folder.join(format!("{name}.rs"));
    if beside.exists() {
        beside
    } else {
        folder.join(name).join("mod.rs")
    }
}

/// Items behind a `cfg` that names `test` or `fuzzing`.
pub(crate) fn is_for_tests(item: &syn::Item) -> bool {
    let attributes = match item {
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        _ => return false,
    };
    attributes.iter().any(|attribute| {
        let list = attribute.meta.require_list();
        attribute.path().is_ident("cfg")
            && list.is_ok_and(|list| {
                let condition = list.tokens.to_string();
                condition.contains("test") || condition.contains("fuzzing")
            })
    })
}

fn defined(item: &syn::Item) -> Option<String> {
    let name = match item {
        syn::Item::Const(item) => &item.ident,
        syn::Item::Enum(item) => &item.ident,
        syn::Item::Fn(item) => &item.sig.ident,
        syn::Item::Static(item) => &item.ident,
        syn::Item::Struct(item) => &item.ident,
        syn::Item::Trait(item) => &item.ident,
        syn::Item::Type(item) => &item.ident,
        syn::Item::Union(item) => &item.ident,
        syn::Item::Macro(item) => item.ident.as_ref()?,
        _ => return None,
    };
    Some(name.to_string())
}
