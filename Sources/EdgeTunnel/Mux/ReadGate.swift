/// Why the tunnel is not read at present. It is read while there is no reason left.
struct ReadGate {
    struct Reasons: OptionSet, Hashable {
        let rawValue: UInt8

        /// The peer has to read what it asked for first.
        static let answers = Reasons(rawValue: 1)
        /// A process is slow to take its input.
        static let input = Reasons(rawValue: 2)
        /// There is no memory for the message under way.
        static let memory = Reasons(rawValue: 4)
        /// It has had its share of this turn of the loop.
        static let turn = Reasons(rawValue: 8)
    }

    private(set) var reasons: Reasons = []

    var isOpen: Bool { self.reasons.isEmpty }
    /// Whether reading pauses for longer than a turn of the loop.
    var isPaused: Bool { !self.reasons.subtracting(.turn).isEmpty }

    mutating func set(_ reason: Reasons, _ holds: Bool) {
        if holds { self.reasons.insert(reason) } else { self.reasons.remove(reason) }
    }
}
