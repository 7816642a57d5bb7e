/// How long to wait before the next dial.
///
/// The delay doubles with every failure up to a cap and is spread by a random factor, so that a fleet does not come
/// back in step.
package struct Backoff: Sendable, Equatable {
    /// The factor's range, from the contract: at most 75 s with the default cap of 60 s.
    private static let spread = 0.75...1.25

    private let base: Duration
    private let cap: Duration
    private var failures = 0

    package init(base: Duration, cap: Duration) {
        self.base = base
        self.cap = cap
    }

    package mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
        let step = min(self.cap, self.base * (1 << min(self.failures, 20)))
        self.failures += 1
        return Self.jitter(step, using: &generator)
    }

    /// The last session was healthy long enough; the next failure starts from the base again.
    package mutating func reset() {
        self.failures = 0
    }

    /// A quarter less to a quarter more.
    package static func jitter(_ delay: Duration, using generator: inout some RandomNumberGenerator) -> Duration {
        let (low, high) = (Self.spread.lowerBound, Self.spread.upperBound)
        return delay * (low + Self.fraction(using: &generator) * (high - low))
    }

    /// 0..<1, of 53 random bits, so that every generator gives an answer at once: `Double.random` may ask for more.
    package static func fraction(using generator: inout some RandomNumberGenerator) -> Double {
        Double(generator.next() >> 11) / 0x1p53
    }
}
