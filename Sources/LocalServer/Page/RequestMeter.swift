import Auth

/// Counts what the listener's clients ask for, on one event loop.
struct RequestMeter: Sendable {
    /// Upper bounds in seconds, as most dashboards expect them; the last bucket has none.
    static let bounds = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
    /// Another method is counted as one of these, or a client could make any number of series.
    private static let methods: Set = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"]
    /// What is passed through to the engine.
    static let proxied = "docker"

    struct Key: Hashable, Sendable {
        var route: String
        var method: String
        var status: Int
    }

    struct Times: Sendable {
        var buckets = [Int](repeating: 0, count: RequestMeter.bounds.count + 1)
        var sum = 0.0

        mutating func add(_ other: Times) {
            for index in self.buckets.indices { self.buckets[index] += other.buckets[index] }
            self.sum += other.sum
        }
    }

    private(set) var requests: [Key: Int] = [:]
    private(set) var times: [String: Times] = [:]
    private(set) var failures: [String: Int] = [:]
    private(set) var limited = 0
    private(set) var inFlight = 0

    mutating func began() {
        self.inFlight += 1
    }

    /// - Parameter route: `nil` for the engine's.
    mutating func finished(_ method: String, _ route: StaticString?, status: Int, seconds: Double) {
        self.inFlight -= 1
        let route = route.map { "\($0)" } ?? Self.proxied
        let method = Self.methods.contains(method) ? method : "OTHER"
        self.requests[Key(route: route, method: method, status: status), default: 0] += 1
        let bucket = Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count
        self.times[route, default: Times()].buckets[bucket] += 1
        self.times[route, default: Times()].sum += seconds
    }

    /// It was not let in.
    mutating func refused(_ method: String, _ route: StaticString?, _ failure: AuthFailure) {
        self.inFlight -= 1
        let route = route.map { "\($0)" } ?? Self.proxied
        let method = Self.methods.contains(method) ? method : "OTHER"
        self.requests[Key(route: route, method: method, status: failure.answer.status), default: 0] += 1
        switch failure.code {
        case .tooManyAttempts, .verificationBusy: self.limited += 1
        case .badToken: self.failures["bad_token", default: 0] += 1
        case .noCredentials: self.failures["no_credentials", default: 0] += 1
        case .unknownKey, .timestampSkew, .replay, .invalidSignature, .bodyTooLarge, .foreignPage, .nonceTableFull,
            .beforeStart, .replayNotRecorded:
            self.failures[failure.code.rawValue, default: 0] += 1
        }
    }

    mutating func add(_ other: RequestMeter) {
        self.requests.merge(other.requests, uniquingKeysWith: +)
        for (route, times) in other.times { self.times[route, default: Times()].add(times) }
        self.failures.merge(other.failures, uniquingKeysWith: +)
        self.limited += other.limited
        self.inFlight += other.inFlight
    }
}
