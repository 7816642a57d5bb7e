import Base

/// Which part of a container's log is wanted.
package struct LogQuery: Equatable, Sendable {
    /// Lines from the end; `nil` for all.
    package var tail: Int?
    /// Unix seconds, perhaps with a fraction.
    package var since: String?
    package var until: String?
    package var follow = false
    package var timestamps = false

    package init() {}

    /// The request's target; the caller has checked `containerID`.
    func target(containerID: String) -> String {
        var target = "/containers/\(containerID)/logs?stdout=1&stderr=1"
        if self.follow { target += "&follow=1" }
        if self.timestamps { target += "&timestamps=1" }
        if let tail { target += "&tail=\(tail)" }
        if let since { target += "&since=\(since)" }
        if let until { target += "&until=\(until)" }
        return target
    }

    /// Whether `text` is a time as engines take it.
    package static func isTime(_ text: String) -> Bool {
        // Two numbers of 19 digits and a dot; looked at before it is taken apart.
        guard text.utf8.count <= 39 else { return false }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return (1...2).contains(parts.count)
            && parts.allSatisfy { part in
                (1...19).contains(part.utf8.count) && part.utf8.allSatisfy(\.isDigit)
            }
    }
}
