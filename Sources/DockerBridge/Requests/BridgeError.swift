/// Why one request could not be served.
///
/// `detail` is for people and travels to the client; it never holds a header value, a token or a path of
/// this host. `cause` stays in the log.
package struct BridgeError: Error {
    /// Wire, log and metric vocabulary: add, never rename.
    package enum Code: String, CaseIterable, Sendable {
        case badRequest = "bad-request"
        case cancelled = "cancelled"
        case engineUnreachable = "engine-unreachable"
        case malformedResponse = "malformed-response"
        case outOfMemory = "out-of-memory"
        case timedOut = "timed-out"
        case tooLarge = "too-large"
        case truncated = "truncated"
        case unrepresentable = "unrepresentable"
    }

    package let code: Code
    package let detail: String
    package let cause: (any Error)?
    /// How long the engine was waited for at least; `nil` unless that was too long.
    package private(set) var waitedSeconds: Int64?

    package init(_ code: Code, _ detail: String, cause: (any Error)? = nil) {
        self.code = code
        self.detail = detail
        self.cause = cause
    }
}

extension BridgeError {
    /// - Parameter patience: of the request. Work has a limit only where its asker cannot cancel it.
    static func late(_ patience: Patience, afterSeconds seconds: Int64?) -> Self {
        var detail = "the engine did not answer in time"
        if patience == .work, let hours = seconds.map({ $0 / 3600 }) {
            detail = "the engine did not answer within \(hours) h and may go on; REQUEST_TIMEOUT=0 lifts this limit"
        }
        var error = Self(.timedOut, detail)
        error.waitedSeconds = seconds
        return error
    }

    /// Any error in words for people: the detail of one of ours, whatever else says of itself.
    package static func words(of error: any Error) -> String { (error as? BridgeError)?.detail ?? "\(error)" }
}

extension BridgeError.Code {
    /// The status an HTTP client sees when a request ends with this code before its response head.
    package var httpStatus: Int {
        switch self {
        case .badRequest: 400
        case .cancelled: 499
        case .engineUnreachable, .malformedResponse, .truncated: 502
        case .outOfMemory: 503
        case .timedOut: 504
        case .tooLarge: 413
        case .unrepresentable: 501
        }
    }

    /// Whether the cause is on this host and worth a warning; the others are the caller's doing.
    package var isOperational: Bool {
        switch self {
        case .engineUnreachable, .malformedResponse, .outOfMemory, .timedOut, .truncated: true
        case .badRequest, .cancelled, .tooLarge, .unrepresentable: false
        }
    }
}

extension BridgeError: CustomStringConvertible {
    package var description: String {
        if let cause = self.cause {
            "\(self.code.rawValue): \(self.detail) (\(cause))"
        } else {
            "\(self.code.rawValue): \(self.detail)"
        }
    }
}
