import CProcess

/// The parent of orphans.
enum Subreaper {
    /// Orphans below this process become its children, as they do where it is process 1: whatever a program of Compose's has
    /// started can still be found when that program has ended.
    static func become() {
        // Linux has had it since 3.4; without it such a process goes to process 1, which reaps it.
        _ = lookout_become_subreaper()
    }
}
