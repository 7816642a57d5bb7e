import Glibc
import NIOCore

/// What happened in a world, in figures.
struct Chronicle {
    var steps = 0
    var lasted = TimeAmount.zero
    var connected = Duration.zero
    var dials = 0
    var sessions = 0
    var restarts = 0
    var faults = 0
    var asked = 0
    var answered = 0
    var streamedBytes = 0
    /// Of WebSocket, that reached a controller.
    var frames = 0
    /// What it took of the processor.
    var cpuSeconds = 0.0
    var ends: [String: Int] = [:]
    /// The same for two worlds in which the same happened at the same times.
    private(set) var digest: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func note(_ what: Int64, _ value: Int64) {
        for word in [what, value] { self.digest = (self.digest ^ UInt64(bitPattern: word)) &* 0x100_0000_01b3 }
    }

    mutating func took(_ session: ControllerSession) {
        let ledger = session.ledger
        self.frames += session.frameCount
        self.asked += ledger.askedCount
        self.answered += ledger.lastWords
        self.streamedBytes += ledger.streamedBytes
        self.note(4, Int64(ledger.lastWords))
        self.note(5, Int64(ledger.streamedBytes))
    }

    mutating func add(_ other: Chronicle) {
        self.steps += other.steps
        self.lasted = self.lasted + other.lasted
        self.connected += other.connected
        self.dials += other.dials
        self.sessions += other.sessions
        self.restarts += other.restarts
        self.faults += other.faults
        self.asked += other.asked
        self.answered += other.answered
        self.streamedBytes += other.streamedBytes
        self.frames += other.frames
        self.cpuSeconds += other.cpuSeconds
        self.ends.merge(other.ends) { $0 + $1 }
    }

    /// Of the thread, which a world does not leave.
    static var processorTime: Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    var hours: Double { Double(self.lasted.nanoseconds) / 3.6e12 }
}

extension Chronicle: CustomStringConvertible {
    var description: String {
        "\(Int(self.hours)) h, of them \(Int(self.connected / .seconds(3600))) connected; \(self.steps) steps, "
            + "\(self.faults) faults, \(self.dials) dials, \(self.sessions) sessions, \(self.restarts) restarts, "
            + "\(self.frames) frames, \(self.answered) of \(self.asked) answered, \(self.streamedBytes) bytes streamed; "
            + "\(Int(self.cpuSeconds)) s of the processor"
    }
}
