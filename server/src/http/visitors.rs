//! The visitors: own how many connections there are, and who gives way when there are too many.

use std::collections::VecDeque;

use tokio::task::JoinHandle;

use super::MAX_VISITORS;

/// Connections under way, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Visitors {
    tasks: VecDeque<JoinHandle<()>>,
}

impl Visitors {
    /// Takes a connection in. At the cap the oldest one gives way: whoever only holds places
    /// cannot keep a health check out.
    pub(super) fn admit(&mut self, task: JoinHandle<()>) {
        if self.tasks.len() >= MAX_VISITORS {
            self.tasks.retain(|task| !task.is_finished());
        }
        if self.tasks.len() >= MAX_VISITORS
            && let Some(oldest) = self.tasks.pop_front()
        {
            oldest.abort();
        }
        self.tasks.push_back(task);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_the_cap_the_oldest_gives_way_and_the_finished_go_first() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let stay = || tokio::spawn(std::future::pending());
            let mut visitors = Visitors::default();
            (0..MAX_VISITORS).for_each(|_| visitors.admit(stay()));
            let oldest = visitors.tasks[0].id();
            visitors.admit(stay());
            assert_eq!(visitors.tasks.len(), MAX_VISITORS);
            assert!(visitors.tasks.iter().all(|task| task.id() != oldest));

            visitors.tasks[5].abort();
            while !visitors.tasks[5].is_finished() {
                tokio::task::yield_now().await;
            }
            let oldest = visitors.tasks[0].id();
            visitors.admit(stay());
            assert_eq!(visitors.tasks[0].id(), oldest, "somebody had gone by himself");
        });
    }
}
