import Base
import Foundation
import Support
import Synchronization
import Testing

@testable import Auth

/// Each `memory()` stands for a process: what the one before it wrote is all that it knows.
@Suite struct ReplayMemoryTests {
    private let folder: TemporaryFolder
    private let key = SigningKey.generate().verifyingKey
    private let boot = BootID(bytes: Nonce.random().raw)
    private let start = Moment.vector
    private var now: Int64 { self.start.calendar.seconds }

    init() throws {
        self.folder = try TemporaryFolder()
    }

    private final class Reports: Sendable {
        let texts = Mutex<[String]>([])
        func add(_ text: String) { self.texts.withLock { $0.append(text) } }
    }

    private func memory(
        after seconds: Double = 0,
        boot: BootID? = nil,
        capacity: Int = 100,
        reports: Reports = Reports()
    ) -> ReplayMemory {
        ReplayMemory(
            windowSeconds: 60,
            capacity: capacity,
            folder: self.folder.path,
            boot: boot ?? self.boot,
            startedAt: self.start + seconds
        ) { reports.add($0) }
    }

    /// What a request with this timestamp meets, by its headers first and then with its body.
    private func ask(
        _ memory: ReplayMemory,
        _ nonce: Nonce = .random(),
        timestamp: Int64,
        after seconds: Double
    ) -> ReplayRefusal? {
        do throws(ReplayRefusal) {
            try memory.check(nonce, of: self.key, timestamp: timestamp, at: self.start + seconds)
            try memory.claim(nonce, of: self.key, timestamp: timestamp, among: 1, at: self.start + seconds)
            return nil
        } catch {
            return error
        }
    }

    private func journal() throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: self.folder.file("replay.journal"))))
    }

    /// The clock of the signer is right, behind or ahead by as much as is accepted.
    @Test(arguments: [0, -59, 60] as [Int64])
    func aRequestIsAcceptedOnceAcrossRestarts(skew: Int64) {
        let nonce = Nonce.random()
        var memory: ReplayMemory? = self.memory(after: -100)
        #expect(self.ask(memory!, nonce, timestamp: self.now + skew, after: 0) == nil)
        for second in stride(from: 0.0, through: 130, by: 10) {
            memory = nil
            memory = self.memory(after: second)
            #expect(self.ask(memory!, nonce, timestamp: self.now + skew, after: second) != nil, "after \(second) s")
        }
    }

    /// Whoever has a folder does not have to wait: what was signed before the restart and never arrived is still good.
    @Test func afterARestartOnTheSameBootOtherRequestsFromBeforeItAreAccepted() {
        _ = self.ask(self.memory(after: -100), timestamp: self.now, after: 0)
        #expect(self.ask(self.memory(after: 5), timestamp: self.now - 3, after: 5) == nil)
    }

    /// A child has a copy of every descriptor until it begins its program.
    @Test func aCopyOfTheLockOutlivesItsOwnerWithoutHoldingIt() throws {
        var memory: ReplayMemory? = self.memory(after: -100)
        #expect(self.ask(memory!, timestamp: self.now, after: 0) == nil)
        let files = FileManager.default
        let own = try files.contentsOfDirectory(atPath: "/proc/self/fd").compactMap(CInt.init).filter {
            (try? files.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")) == self.folder.path
        }
        let copy = dup(try #require(own.first))
        defer { close(copy) }
        memory = nil
        #expect(self.ask(self.memory(after: 5), timestamp: self.now, after: 5) == nil)
    }

    @Test func withoutAFolderNothingFromBeforeTheStartIsAccepted() {
        let memory = ReplayMemory(ReplayGuard(startedAt: self.start.calendar))
        #expect(self.ask(memory, timestamp: self.now, after: 0) == .beforeStart(retryAfterSeconds: 1))
        #expect(self.ask(memory, timestamp: self.now + 1, after: 1) == nil)
    }

    @Test func theVeryFirstStartKnowsNothingOfTheTimeBeforeIt() {
        var memory: ReplayMemory? = self.memory()
        #expect(self.ask(memory!, timestamp: self.now - 1, after: 0) == .beforeStart(retryAfterSeconds: 2))
        // A process that dies at once must not make the next one forget that.
        memory = nil
        let next = self.memory(after: 1)
        #expect(self.ask(next, timestamp: self.now - 1, after: 1) == .beforeStart(retryAfterSeconds: 2))
    }

    @Test(arguments: [0, -59, 40, 60] as [Int64])
    func aPowerFailureThatTakesTheNewestRecordsOpensNothing(skew: Int64) throws {
        var memory: ReplayMemory? = self.memory(after: -100)
        #expect(self.ask(memory!, timestamp: self.now + skew - 1, after: -1) == nil)
        let durable = try self.journal()
        let nonce = Nonce.random()
        #expect(self.ask(memory!, nonce, timestamp: self.now + skew, after: 0) == nil)
        memory = nil
        try Data(durable).write(to: URL(fileURLWithPath: self.folder.file("replay.journal")))
        for second in stride(from: 0.0, through: 130, by: 10) {
            let boot = BootID(bytes: Nonce.random().raw)
            let refusal = self.ask(
                self.memory(after: second, boot: boot),
                nonce,
                timestamp: self.now + skew,
                after: second
            )
            #expect(refusal != nil, "\(second) s after the power came back")
        }
    }

    @Test func afterABootAClientWhoseClockIsAheadWaitsUntilItsCeilingHasPassed() {
        _ = self.ask(self.memory(after: -100), timestamp: self.now + 30, after: 0)
        let memory = self.memory(after: 5, boot: BootID(bytes: Nonce.random().raw))
        #expect(self.ask(memory, timestamp: self.now + 40, after: 10) == .beforeStart(retryAfterSeconds: 1))
        #expect(self.ask(memory, timestamp: self.now + 41, after: 11) == nil)
        let other = SigningKey.generate().verifyingKey
        #expect(throws: Never.self) {
            try memory.claim(.random(), of: other, timestamp: self.now + 10, among: 2, at: self.start + 10)
        }
    }

    /// A second start on the new boot must not take the first one's file for a whole memory of the old boot.
    @Test func aRestartSoonAfterABootKeepsTheFloorsOfTheBoot() {
        _ = self.ask(self.memory(after: -100), timestamp: self.now + 30, after: 0)
        let boot = BootID(bytes: Nonce.random().raw)
        _ = self.memory(after: 5, boot: boot)
        let memory = self.memory(after: 6, boot: boot)
        #expect(self.ask(memory, timestamp: self.now + 40, after: 6) == .beforeStart(retryAfterSeconds: 1))
        let other = SigningKey.generate().verifyingKey
        #expect(throws: ReplayRefusal.beforeStart(retryAfterSeconds: 1)) {
            try memory.claim(.random(), of: other, timestamp: self.now + 5, among: 2, at: self.start + 6)
        }
    }

    @Test func aDamagedJournalIsNamedAndAWindowPassesBeforeASignatureIsAccepted() throws {
        _ = self.ask(self.memory(after: -100), timestamp: self.now, after: 0)
        var bytes = try self.journal()
        try #require(bytes.count > ReplayRecord.byteCount + 20)
        bytes[ReplayRecord.byteCount + 20] ^= 1
        try Data(bytes).write(to: URL(fileURLWithPath: self.folder.file("replay.journal")))
        let reports = Reports()
        let memory = self.memory(after: 1, reports: reports)
        #expect(reports.texts.withLock { $0 }.count == 1)
        #expect(reports.texts.withLock { $0 }.first?.hasSuffix("signatures are refused for 60 s") == true)
        #expect(self.ask(memory, timestamp: self.now + 61, after: 1) == .beforeStart(retryAfterSeconds: 1))
        #expect(self.ask(memory, timestamp: self.now + 62, after: 62) == nil)
    }

    @Test func theFileIsForItsOwnerAlone() throws {
        let memory = self.memory()
        #expect(self.ask(memory, timestamp: self.now + 1, after: 1) == nil)
        var status = stat()
        try #require(stat(self.folder.file("replay.journal"), &status) == 0)
        #expect(status.st_mode & 0o7777 == 0o600)
    }

    @Test func aSecondAgentInTheSameFolderRefusesRatherThanSharesIt() {
        let first = self.memory()
        let reports = Reports()
        let second = self.memory(reports: reports)
        guard case .unrecorded(let detail) = self.ask(second, timestamp: self.now + 1, after: 1) else {
            Issue.record("accepted")
            return
        }
        #expect(detail.contains("not open"))
        #expect(reports.texts.withLock { $0 }.first?.contains("is in use by another agent") == true)
        #expect(self.ask(first, timestamp: self.now + 1, after: 1) == nil)
    }

    @Test func aFolderThatIsNotThereRefusesAndSaysSo() throws {
        try FileManager.default.removeItem(atPath: self.folder.path)
        let reports = Reports()
        let memory = self.memory(reports: reports)
        for _ in 0..<20 {
            guard case .unrecorded? = self.ask(memory, timestamp: self.now + 1, after: 1) else {
                Issue.record("accepted a nonce that stands nowhere")
                return
            }
        }
        let texts = reports.texts.withLock { $0 }
        // One a minute, and on a busy machine a minute may pass before the folder is looked for again.
        #expect((1...2).contains(texts.count))
        #expect(texts.allSatisfy { $0.hasSuffix("signed requests are refused until then") })
    }

    /// The device that is always full takes the journal's place behind its descriptor.
    @Test func aFullDiskRefusesAndForgetsNothing() throws {
        let reports = Reports()
        let memory = self.memory(reports: reports)
        #expect(self.ask(memory, timestamp: self.now + 1, after: 1) == nil)
        let path = self.folder.file("replay.journal")
        let descriptor = try #require(
            (0..<1024).first { number in
                (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(number)")) == path
            }
        )
        let kept = dup(CInt(descriptor))
        let full = open("/dev/full", O_WRONLY | O_CLOEXEC)
        try #require(kept >= 0 && dup2(full, CInt(descriptor)) >= 0)
        let nonce = Nonce.random()
        guard case .unrecorded(let detail) = self.ask(memory, nonce, timestamp: self.now + 2, after: 2) else {
            Issue.record("accepted a nonce that stands nowhere")
            return
        }
        #expect(detail.contains("No space left on device"))
        #expect(reports.texts.withLock { $0 }.count == 1)
        // There is room again: the refused request was not used up.
        try #require(dup2(kept, CInt(descriptor)) >= 0)
        close(kept)
        close(full)
        #expect(self.ask(memory, nonce, timestamp: self.now + 2, after: 3) == nil)
        #expect(self.ask(memory, nonce, timestamp: self.now + 2, after: 3) == .used)
    }

    /// The two files together stay below twice the table, however long it goes on.
    @Test func theJournalDoesNotGrow() throws {
        let memory = self.memory(capacity: 100)
        var largest = 0
        for second in 1...2000 {
            #expect(self.ask(memory, timestamp: self.now + Int64(second) * 2, after: Double(second) * 2) == nil)
            let sizes = ["replay.journal", "replay.journal.1"].map { name in
                (try? FileManager.default.attributesOfItem(atPath: self.folder.file(name))[.size] as? Int) ?? 0
            }
            largest = max(largest, sizes.reduce(0, +))
        }
        #expect(largest <= 2 * 100 * ReplayRecord.byteCount)
        // And after all the rotations the newest nonces still count.
        let history = try #require(try ReplayHistory.read(folder: self.folder.path))
        #expect(history.damage == nil && history.claims.count >= 62)
    }

    @Test(arguments: 0..<20)
    func noRequestIsAcceptedTwiceWhateverHappens(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var memory: ReplayMemory? = self.memory(after: -200)
        var boot = self.boot
        var accepted: Set<Nonce> = []
        var known: [(nonce: Nonce, timestamp: Int64)] = []
        var time = 0.0
        for _ in 0..<400 {
            time += Double.random(in: 0...3, using: &generator)
            if Int.random(in: 0..<20, using: &generator) == 0 {
                memory = nil
                if Bool.random(using: &generator) { boot = BootID(bytes: Nonce.random().raw) }
                memory = self.memory(after: time, boot: boot)
            }
            if known.isEmpty || Bool.random(using: &generator) {
                let skew = Int64.random(in: -60...60, using: &generator)
                known.append((.random(), self.now + Int64(time) + skew))
            }
            let request = known[Int.random(in: max(0, known.count - 40)..<known.count, using: &generator)]
            if self.ask(memory!, request.nonce, timestamp: request.timestamp, after: time) == nil {
                #expect(accepted.insert(request.nonce).inserted)
            }
        }
        #expect(accepted.count > 40)
    }
}

/// The same numbers for the same seed, so that a failing case can be run again.
private struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        self.state = seed
    }

    mutating func next() -> UInt64 {
        // SplitMix64.
        self.state &+= 0x9e37_79b9_7f4a_7c15
        var value = self.state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}
