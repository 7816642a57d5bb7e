/// A request that is not let past the door because of its form. The connection ends with the answer: where the next
/// request would begin is anybody's guess.
struct RequestFault: Error, Equatable {
    let status: Int
    /// For people, without any value that the client sent.
    let detail: String

    init(_ status: Int, _ detail: String) {
        self.status = status
        self.detail = detail
    }

    static func bad(_ detail: String) -> Self { Self(400, detail) }
    static let headTooLarge = Self(431, "request header larger than \(RequestHeadParser.maximumBytes >> 10) KiB")
}
