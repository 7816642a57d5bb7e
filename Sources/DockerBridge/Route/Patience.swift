/// How long the answer to a request may take to begin.
package enum Patience: Sendable {
    /// As long as any request: `REQUEST_TIMEOUT`.
    case prompt
    /// It never ends by itself and loses nothing when it is cut: events, followed logs, stats.
    case endless
    /// Until its work is done: an upload is read to its end before the head of the answer, `/wait` answers when a
    /// container ends.
    case work

    /// Of a request that is not in the table, which a newer engine may know: what its last word means elsewhere.
    init(unknownPath path: UnsafeBufferPointer<UInt8>) {
        if path.endsWithOne(of: Self.endlessSuffixes) {
            self = .endless
        } else if path.endsWithOne(of: Self.workSuffixes) {
            self = .work
        } else {
            self = .prompt
        }
    }

    private static let endlessSuffixes: [StaticString] = ["/events", "/logs", "/stats"]
    private static let workSuffixes: [StaticString] = [
        "/archive", "/attach", "/attach/ws", "/build", "/commit", "/export", "/get", "/grpc", "/images/create", "/load",
        "/prune", "/push", "/session", "/wait",
    ]
}
