import NIOCore

/// What happened in a listener's world, in figures.
struct ServerChronicle {
    var steps = 0
    var lasted = TimeAmount.zero
    var clients = 0
    /// Clients for which there was no place.
    var turnedAway = 0
    var faults = 0
    var cpuSeconds = 0.0
    private(set) var answers: [Int: Int] = [:]
    private(set) var readBytes = 0
    /// The same for two worlds in which the same happened at the same times.
    private(set) var digest: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func took(_ record: ClientRecord) {
        self.answers.merge(record.statuses) { $0 + $1 }
        self.readBytes += record.readBytes
        self.note(record.lastCompleted - SimulatedLoop.start)
        for value in [record.readBytes, record.begun, record.completed, record.answerEnds.last ?? 0] {
            self.note(.nanoseconds(Int64(value)))
        }
    }

    private mutating func note(_ value: TimeAmount) {
        self.digest = (self.digest ^ UInt64(bitPattern: value.nanoseconds)) &* 0x100_0000_01b3
    }

    mutating func add(_ other: Self) {
        self.steps += other.steps
        self.lasted = self.lasted + other.lasted
        self.clients += other.clients
        self.turnedAway += other.turnedAway
        self.faults += other.faults
        self.cpuSeconds += other.cpuSeconds
        self.answers.merge(other.answers) { $0 + $1 }
        self.readBytes += other.readBytes
    }

    var hours: Double { Double(self.lasted.nanoseconds) / 3.6e12 }
}

extension ServerChronicle: CustomStringConvertible {
    var description: String {
        let answers = self.answers.sorted { $0.key < $1.key }.map { "\($0.value) with \($0.key)" }
        return "\(Int(self.hours)) h; \(self.steps) steps, \(self.faults) faults, \(self.clients) clients, "
            + "\(self.turnedAway) turned away, \(self.readBytes) bytes read, answers: \(answers.joined(separator: ", ")); "
            + "\(Int(self.cpuSeconds)) s of the processor"
    }
}
