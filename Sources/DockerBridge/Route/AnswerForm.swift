/// How an answer travels: whole, or piece by piece.
///
/// A peer that has asked for a request registers the two kinds differently and classifies by the same rule, so a wrong
/// guess is an empty answer or a time-out there. That is why the path counts as it is spelled, and why requests that no
/// engine knows have a form too.
package enum AnswerForm: String, Sendable, CaseIterable {
    case plain
    case stream

    /// - Parameter path: of the target, up to its `?`, as it came.
    init(path: UnsafeBufferPointer<UInt8>) {
        let streams =
            path.endsWithOne(of: Self.streamingSuffixes)
            || (path.ends(with: "/start") && path.contains("/exec/"))
        self = streams ? .stream : .plain
    }

    private static let streamingSuffixes: [StaticString] = [
        "/logs", "/attach", "/events", "/build", "/images/create", "/images/push",
    ]
}
