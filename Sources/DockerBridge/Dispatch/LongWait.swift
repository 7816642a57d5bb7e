/// A request whose answer may not begin for a long time, which is no fault of the engine's.
///
/// An upload is read to its end before the head of the answer, `/wait` answers when a container ends, an idle
/// `/events` when something happens. Anything else has `REQUEST_TIMEOUT` to the head of its answer.
package enum LongWait: Sendable {
    /// Never ends by itself and loses nothing when it is cut: events, followed logs, stats.
    case endless
    /// Ends when its work is done.
    case work

    /// `nil` for a request that is to be answered in time. Only the part before `?` counts.
    package init?(target: String) {
        let utf8 = target.utf8
        let path = utf8[..<(utf8.firstIndex(of: UInt8(ascii: "?")) ?? utf8.endIndex)]
        if Self.endlessSuffixes.contains(where: { path.hasSuffix($0) }) {
            self = .endless
        } else if Self.workSuffixes.contains(where: { path.hasSuffix($0) })
            || (path.hasSuffix("/start") && path.contains("/exec/"))
        {
            self = .work
        } else {
            return nil
        }
    }

    private static let endlessSuffixes: [StaticString] = ["/events", "/logs", "/stats"]
    private static let workSuffixes: [StaticString] = [
        "/archive", "/attach", "/attach/ws", "/build", "/commit", "/export", "/get", "/grpc", "/images/create", "/load",
        "/prune", "/push", "/session", "/wait",
    ]
}
