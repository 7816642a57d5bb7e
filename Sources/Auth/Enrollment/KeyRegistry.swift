import Synchronization

/// The current set of authorized keys, replaced as a whole when the file is read again.
///
/// Concurrency: any thread; a request that is being checked keeps the set with which it began.
package final class KeyRegistry: Sendable {
    package let path: String
    private let keys: Mutex<AuthorizedKeys>

    /// - Throws: what is wrong with the file; at the start that is fatal.
    package init(path: String) throws(KeyFileError) {
        self.path = path
        self.keys = Mutex(try AuthorizedKeys.load(path: path))
    }

    /// Makes an empty key file at `path` if there is none, so that enrollment has a place for the first key.
    ///
    /// - Returns: whether it was made.
    package static func createFileIfMissing(_ path: String) throws(KeyFileError) -> Bool {
        try EnrollmentFile.createIfMissing(path)
    }

    package var current: AuthorizedKeys { self.keys.withLock { $0 } }

    /// What a reload did, for the log: one line for each key and each warning.
    package struct Reload: Sendable {
        package let added: [AuthorizedKeys.Entry]
        package let removed: [AuthorizedKeys.Entry]
        package let warnings: [AuthorizedKeys.Warning]
        package let count: Int
    }

    /// Reads the file again. An emptied file revokes everybody.
    ///
    /// - Throws: what is wrong with the file; the keys from before stay in force.
    @discardableResult
    package func reload() throws(KeyFileError) -> Reload {
        let new = try AuthorizedKeys.load(path: self.path)
        let old = self.keys.withLock { keys in
            defer { keys = new }
            return keys
        }
        let changes = new.changes(since: old)
        return Reload(added: changes.added, removed: changes.removed, warnings: new.warnings, count: new.count)
    }
}
