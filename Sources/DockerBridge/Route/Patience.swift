import Base

/// How long the answer to a request may take to begin.
package enum Patience: Sendable, Equatable {
    /// As long as any request: `REQUEST_TIMEOUT`. An answer that is the connection itself begins as soon.
    case prompt
    /// `REQUEST_TIMEOUT` beyond what a container is given to end: these seconds, or, without a number, what the container's
    /// own settings say.
    case stop(seconds: Int?)
    /// It never ends by itself and loses nothing when it is cut: events, followed logs, stats.
    case endless
    /// Until its work is done: an upload is read to its end before the head of the answer, and removing, pruning and
    /// counting may take long.
    case work
    /// Until a container exits by itself: a `/wait`, or a stop that gives it all the time it needs.
    case exit

    /// Seconds that Docker gives a container to end where neither the request nor the container's settings say otherwise. A
    /// kill waits as long for the end.
    static let usualStop = 10
    /// Seconds. A request that gives a container more than thirty years has no limit.
    static let longestStop = 1_000_000_000

    /// Of a stop or a restart.
    ///
    /// - Parameter text: the seconds that the request gives the container, decoded; `nil` where it names none.
    init(stop text: UnsafeBufferPointer<UInt8>?) {
        guard let text, !text.isEmpty else {
            self = .stop(seconds: nil)
            return
        }
        let isNegative = text[0] == UInt8(ascii: "-")
        var index = isNegative || text[0] == UInt8(ascii: "+") ? 1 : 0
        var seconds: Int? = index < text.count ? 0 : nil
        while let sum = seconds, sum <= Self.longestStop, index < text.count {
            seconds = text[index].isDigit ? sum * 10 + Int(text[index] - UInt8(ascii: "0")) : nil
            index += 1
        }
        // Engines refuse what is not a number at once.
        self = .stop(seconds: seconds)
        // A negative number waits for the container's own end.
        if let seconds, seconds > Self.longestStop || isNegative && seconds > 0 { self = .exit }
    }

    /// Of a request that is not in the table, which a newer engine may know: what its method and last word mean elsewhere.
    init(unknown method: EngineMethod?, _ path: UnsafeBufferPointer<UInt8>) {
        if path.endsWithOne(of: Self.endlessSuffixes) {
            self = .endless
        } else if path.ends(with: "/wait") {
            self = .exit
        } else if method == .delete || path.endsWithOne(of: Self.workSuffixes) {
            self = .work
        } else {
            self = .prompt
        }
    }

    private static let endlessSuffixes: [StaticString] = ["/events", "/logs", "/stats"]
    private static let workSuffixes: [StaticString] = [
        "/archive", "/build", "/checkpoint", "/commit", "/df", "/export", "/get", "/images/create", "/import", "/load",
        "/prune", "/pull", "/push", "/restart", "/restore", "/stop", "/update",
    ]
}
