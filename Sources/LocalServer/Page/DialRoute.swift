/// `POST /_lookout/dial`: has an agent that waits dial at once.
///
/// A web page must not be able to: the request needs a header field that no page can send to another origin without
/// asking first, and nothing here answers such a question.
package struct DialRoute: Sendable {
    static let path = "/_lookout/dial"
    package static let field = "X-Lookout-Dial"

    /// What the agent was doing when it was asked.
    package enum Found: String, Sendable {
        /// It waited, and dials now.
        case waiting
        case connected
        /// It dials anyway.
        case dialling
        case stopping
    }

    private let dial: @Sendable () -> Found

    package init(_ dial: @escaping @Sendable () -> Found) {
        self.dial = dial
    }

    func found() -> Found { self.dial() }
}
