import NIOCore

extension Patience {
    /// To the head of an answer; `nil` for none.
    ///
    /// - Parameter timeout: `REQUEST_TIMEOUT`, `nil` where that is off.
    func limit(_ timeout: TimeAmount?) -> TimeAmount? {
        guard let timeout else { return nil }
        return switch self {
        case .prompt: timeout
        case .stop(let seconds): timeout + .seconds(Int64(seconds ?? Self.usualStop))
        case .endless, .work: nil
        }
    }
}
