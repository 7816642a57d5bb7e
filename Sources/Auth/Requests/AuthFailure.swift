/// Why a request was not let in. A code's raw value is wire, log and metric vocabulary: add, never rename.
package struct AuthFailure: Error, Hashable, Sendable {
    /// What is wrong, as answers, the log and metrics name it.
    package enum Code: String, CaseIterable, Sendable {
        case tooManyAttempts = "too-many-attempts"
        case verificationBusy = "verification-busy"
        case noCredentials = "no-credentials"
        case badToken = "bad-token"
        case unknownKey = "unknown-key"
        case timestampSkew = "timestamp-skew"
        case replay = "replay"
        case invalidSignature = "invalid-signature"
        case bodyTooLarge = "body-too-large"
        case foreignPage = "foreign-page"
        /// The table of nonces has no room for this key now.
        case nonceTableFull = "nonce-table-full"
        /// Signed at or before the start, so that an earlier process may have accepted it.
        case beforeStart = "before-start"
        /// The nonce cannot be written down.
        case replayNotRecorded = "replay-not-recorded"
    }

    package let code: Code
    /// For the log; never holds a token or a signature, and of other header values only `Host` and `Origin`.
    package let detail: String
    /// The header names in which the client spoke, and in which it is answered.
    package let family: HeaderFamily
    /// For `Retry-After`, with the codes that ask for patience.
    package let retryAfterSeconds: Int?
    private let hidesReason: Bool

    init(
        _ code: Code,
        _ detail: String,
        family: HeaderFamily = .lookout,
        retryAfterSeconds: Int? = nil,
        hidesReason: Bool = false
    ) {
        self.code = code
        self.detail = detail
        self.family = family
        self.retryAfterSeconds = retryAfterSeconds
        self.hidesReason = hidesReason
    }

    /// A web page asks, or may be asking.
    ///
    /// - Parameter detail: says what gave it away and which setting admits it; the caller reads it too.
    package static func foreignPage(_ detail: String) -> Self { Self(.foreignPage, detail) }

    /// The answer's status and text; a line feed follows the text on the wire.
    package var answer: (status: Int, text: String) {
        switch self.code {
        case .tooManyAttempts: (429, "too many failed attempts")
        case .verificationBusy: (429, "authentication verification capacity exceeded")
        case .noCredentials, .badToken, .unknownKey, .timestampSkew, .replay, .invalidSignature: (401, "unauthorized")
        case .bodyTooLarge: (413, "request body too large")
        case .foreignPage: (403, self.detail)
        case .nonceTableFull: (503, "too many signed requests")
        case .beforeStart: (503, "signed before the agent started")
        case .replayNotRecorded: (503, "signed requests cannot be recorded")
        }
    }

    /// The value of `X-Lookout-Reason`, which only refusals of signed requests carry.
    package var reason: String? {
        switch self.code {
        case .unknownKey, .timestampSkew, .replay, .invalidSignature:
            self.hidesReason ? Code.invalidSignature.rawValue : self.code.rawValue
        case .nonceTableFull, .beforeStart, .replayNotRecorded: self.code.rawValue
        case .tooManyAttempts, .verificationBusy, .noCredentials, .badToken, .bodyTooLarge, .foreignPage: nil
        }
    }

    /// Whether the rate limiter counts it.
    package var countsAsFailure: Bool { self.answer.status == 401 }
}
