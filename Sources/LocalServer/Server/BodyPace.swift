import NIOCore

/// How fast a body has to arrive: a deadline that moves with every byte.
///
/// Apache's mod_reqtimeout works in the same way (`body=20,MinRate=500`). A body that must be whole before the request
/// goes on occupies memory until then, so a client that trickles is not waited for.
struct BodyPace: Equatable {
    struct Rule: Equatable {
        /// Before the rate counts.
        let grace: TimeAmount
        let bytesPerSecond: Int

        /// Memory that strangers share: 64 KiB/s is half a megabit, which the slowest line that carries Docker's API has.
        /// 4 MiB end after 74 s at the latest.
        static let stranger = Self(grace: .seconds(10), bytesPerSecond: 64 << 10)
        /// For a client that was let in: a request line of a mobile network.
        static let known = Self(grace: .seconds(30), bytesPerSecond: 4 << 10)
    }

    private let rule: Rule
    private let start: NIODeadline
    private var bytes = 0

    init(_ rule: Rule, since start: NIODeadline) {
        self.rule = rule
        self.start = start
    }

    mutating func received(_ count: Int) {
        self.bytes += count
    }

    var deadline: NIODeadline {
        self.start + self.rule.grace + .milliseconds(Int64(self.bytes) * 1000 / Int64(self.rule.bytesPerSecond))
    }
}
