/// Waits for what tells no caller that it has come about: the kernel's doing, another process, a value behind a lock.
///
/// The one place in the unit tests that sleeps. It has no deadline: the time limit of the test ends it.
///
/// - Returns: the first that `look` finds.
package func value<Value>(_ look: () async throws -> Value?) async throws -> Value {
    while true {
        if let found = try await look() { return found }
        try await Task.sleep(for: .milliseconds(2))
    }
}

/// Waits until `condition` holds.
package func until(_ condition: () async throws -> Bool) async throws {
    try await value { try await condition() ? () : nil }
}
