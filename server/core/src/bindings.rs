//! Bindings: which handler of which generation stands behind each name of the route table.

use alloc::vec::Vec;

use crate::GenerationId;
use crate::generations::Generations;
use crate::routes::HandlerName;

/// A handler that can be called.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Bound<C> {
    pub callee: C,
    pub generation: GenerationId,
    pub min_len: u8,
    pub max_len: u8,
}

impl<C> Bound<C> {
    /// Whether the handler takes data of this length.
    #[inline]
    pub fn takes(&self, len: usize) -> bool {
        (usize::from(self.min_len)..=usize::from(self.max_len)).contains(&len)
    }
}

/// For each name of the table its handler, worked out when table or generations change, so
/// that no frame looks a name up.
pub(crate) struct Bindings<C> {
    bound: Vec<Option<Bound<C>>>,
}

impl<C: Copy> Bindings<C> {
    pub const fn new() -> Self {
        Self { bound: Vec::new() }
    }

    /// Works out every name anew.
    pub fn bind(&mut self, names: &[HandlerName], generations: &Generations<C>) {
        self.bound.clear();
        self.bound.extend(names.iter().map(|name| find(name, generations)));
    }

    /// The handler behind the name with this index in the table.
    pub fn at(&self, name: usize) -> Option<&Bound<C>> {
        self.bound.get(name)?.as_ref()
    }

    /// Asserts that every name is bound as it would be if it were worked out now.
    pub fn invariants(&self, names: &[HandlerName], generations: &Generations<C>) {
        assert_eq!(self.bound.len(), names.len());
        for (bound, name) in self.bound.iter().zip(names) {
            let wanted = find(name, generations).map(|wanted| wanted.generation);
            assert_eq!(bound.map(|bound| bound.generation), wanted, "{}", name.full());
        }
    }
}

/// The handler called `name` of the active generation of its plugin.
fn find<C: Copy>(name: &HandlerName, generations: &Generations<C>) -> Option<Bound<C>> {
    let (plugin, handler) = name.parts()?;
    let generation = generations.active(plugin)?;
    let offered = &generations.at(generation)?.handlers;
    let entry = offered.iter().find(|entry| entry.name == handler)?;
    Some(Bound { callee: entry.callee, generation, min_len: entry.min_len, max_len: entry.max_len })
}
