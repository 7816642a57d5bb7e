/// Something that a test waited for did not come; the text says what was there instead.
struct TimedOut: Error, CustomStringConvertible {
    let description: String
}

/// What a loaded machine gets. Most waits are over after some milliseconds.
let patience = Duration.seconds(60)

/// Waits until `probe` has a value: for a condition, never for a time.
///
/// - Parameters:
///   - what: names the condition in the failure.
///   - details: what is known when it did not come, such as the end of a log.
/// - Throws: `TimedOut` after `limit`, and whatever `probe` throws at once.
func eventually<Value>(
    _ what: String,
    within limit: Duration = patience,
    details: () -> String = { "" },
    _ probe: () async throws -> Value?
) async throws -> Value {
    let deadline = ContinuousClock.now + limit
    while true {
        if let value = try await probe() { return value }
        guard .now < deadline else {
            throw TimedOut(description: "\(what): not within \(limit)\n\(details())")
        }
        try await Task.sleep(for: .milliseconds(10))
    }
}
