/// A request that is refused because of its form, or because there is no room for it. The connection ends with the answer:
/// where the next request would begin is not known.
struct RequestFault: Error, Equatable {
    let status: Int
    /// For people, without any value that the client sent.
    let detail: String
    /// For `X-Lookout-Reason`.
    var reason: String?
    /// For `Retry-After`.
    var retryAfterSeconds: Int?

    init(_ status: Int, _ detail: String) {
        self.status = status
        self.detail = detail
    }

    static func bad(_ detail: String) -> Self { Self(400, detail) }
    static let headTooLarge = Self(431, "request header larger than \(RequestHeadParser.maximumBytes >> 10) KiB")

    /// The memory for requests that are not let in yet is used up.
    static let noRoom = {
        var fault = Self(503, "too many unfinished requests without a verified credential; try again later")
        fault.reason = "no-memory"
        fault.retryAfterSeconds = 10
        return fault
    }()
}
