import NIOCore

/// How long a container is given to end by its own settings, read from its inspect document.
///
/// Only a stop that has taken longer than usual makes the agent ask: the document is of interest for no other.
enum StopTimeout {
    /// For the document. The engine gives it out while the container is ending.
    static let patience = TimeAmount.seconds(10)
    /// Bytes of the document: labels and mounts may be many.
    static let documentLimit = 4 << 20

    /// `nil` where the engine gives out no document with such a setting: then Docker's usual time counts, which has passed.
    static func patience(_ answer: Result<CollectedResponse, BridgeError>) -> Patience? {
        guard let response = try? answer.get(), response.isSuccess,
            let settings = JSONMember.object("Config", of: response.body),
            let seconds = JSONMember.integer("StopTimeout", of: settings)
        else { return nil }
        // A negative number waits for the container's own end, as in a request.
        return seconds < 0 || seconds > Patience.longestStop ? .exit : .stop(seconds: seconds)
    }
}

extension Patience {
    /// For work whose asker cannot cancel it: one that gives up after 30 s and asks again would in time hold all 100 places for
    /// requests, with an engine that hangs on one container.
    static let longestUncancelledWork = TimeAmount.hours(1)

    /// To the head of an answer; `nil` for none.
    ///
    /// - Parameters:
    ///   - timeout: `REQUEST_TIMEOUT`, `nil` where that is off.
    ///   - work: the least for `.work`; `nil` for no limit.
    func limit(_ timeout: TimeAmount?, work: TimeAmount? = nil) -> TimeAmount? {
        guard let timeout else { return nil }
        return switch self {
        case .prompt: timeout
        case .stop(let seconds): timeout + .seconds(Int64(seconds ?? Self.usualStop))
        case .work: work.map { max($0, timeout) }
        case .endless, .exit: nil
        }
    }
}
