import Base
import Glibc

/// What the replay journal says about the time before this process: read at the start, and written anew after that.
struct ReplayHistory: Hashable, Sendable {
    var generation: Int64 = 0
    var boot: BootID
    /// Timestamps up to this one are refused.
    var floor: Int64
    /// The same for single keys.
    var keyFloors: [UInt64: Int64] = [:]
    var ceilings: [UInt64: Int64] = [:]
    /// In the order in which they were made.
    var claims: [ReplayClaim] = []
    /// What does not belong into the files, for the log. `nil` if they are whole.
    var damage: String?
    /// Records may be missing that a crash cannot have taken.
    var isIncomplete = false

    static let currentName = "replay.journal"
    static let previousName = "replay.journal.1"
    /// Two full tables of 1,000,000 nonces, and more keys than a key file holds.
    private static let maxFileBytes = 128 * 1024 * 1024

    /// What has to stand in a new file.
    var records: [ReplayRecord] {
        [.header(generation: self.generation, floor: self.floor, boot: self.boot)]
            + self.keyFloors.map { .floor(key: $0.key, timestamp: $0.value) }
            + self.ceilings.map { .ceiling(key: $0.key, timestamp: $0.value) }
            + self.claims.map { .claim($0) }
    }

    /// Reads the journal in `folder`.
    ///
    /// - Returns: `nil` if there is none.
    /// - Throws: why a file that exists cannot be read.
    static func read(folder: String) throws(KeyFileError) -> ReplayHistory? {
        let current = try Self.contents(of: "\(folder)/\(Self.currentName)")
        let previous = try Self.contents(of: "\(folder)/\(Self.previousName)")
        guard let current else {
            // A crash came between the two renames of a rotation.
            return previous.map { ReplayHistory(parsing: $0.span, name: Self.previousName) }
        }
        var history = ReplayHistory(parsing: current.span, name: Self.currentName)
        guard let previous else { return history }
        let older = ReplayHistory(parsing: previous.span, name: Self.previousName)
        // Another number means that a crash left a file behind whose records the current one has already.
        guard history.isIncomplete || older.isIncomplete || older.generation == history.generation - 1 else {
            return history
        }
        history.continue(older)
        return history
    }

    /// Reads one file. What follows the last sound record is left out and named in `damage`.
    init(parsing bytes: Span<UInt8>, name: String) {
        self.boot = BootID(bytes: [16 of UInt8](repeating: 0))
        self.floor = .min
        let size = ReplayRecord.byteCount
        guard bytes.count >= size, case .header(let generation, let floor, let boot)? = Self.record(0, in: bytes) else {
            self.damage = "\(name) does not begin as a replay journal does"
            self.isIncomplete = true
            return
        }
        (self.generation, self.floor, self.boot) = (generation, floor, boot)
        var position = size
        while position + size <= bytes.count, let record = Self.record(position, in: bytes) {
            self.add(record)
            position += size
        }
        guard position < bytes.count else { return }
        let rest = bytes.extracting(position...)
        self.damage = "the last \(rest.count) bytes of \(name) are not a record"
        // A crash leaves a piece of one record, or zeros where data had not reached the disk.
        self.isIncomplete = rest.count >= size && !rest.indices.allSatisfy { rest[$0] == 0 }
    }

    init(generation: Int64, boot: BootID, floor: Int64) {
        (self.generation, self.boot, self.floor) = (generation, boot, floor)
    }

    private static func record(_ position: Int, in bytes: Span<UInt8>) -> ReplayRecord? {
        ReplayRecord(bytes.extracting(position..<position + ReplayRecord.byteCount))
    }

    private mutating func add(_ record: ReplayRecord) {
        switch record {
        case .header(_, let floor, _): self.floor = max(self.floor, floor)
        case .floor(let key, let timestamp): self.keyFloors[key] = max(self.keyFloors[key] ?? .min, timestamp)
        case .ceiling(let key, let timestamp): self.ceilings[key] = max(self.ceilings[key] ?? .min, timestamp)
        case .claim(let claim): self.claims.append(claim)
        }
    }

    private mutating func `continue`(_ older: ReplayHistory) {
        self.floor = max(self.floor, older.floor)
        self.keyFloors.merge(older.keyFloors) { max($0, $1) }
        self.ceilings.merge(older.ceilings) { max($0, $1) }
        self.claims = older.claims + self.claims
        self.damage = self.damage ?? older.damage
        self.isIncomplete = self.isIncomplete || older.isIncomplete
    }

    private static func contents(of path: String) throws(KeyFileError) -> [UInt8]? {
        do throws(RegularFile.Failure) {
            return try RegularFile.read(path, maximumBytes: Self.maxFileBytes)
        } catch {
            switch error {
            case .system(let fault) where fault.code == ENOENT: return nil
            case .system(let fault): throw KeyFileError(.unreadable, "cannot be read (\(fault))", path: path)
            case .notRegular: throw KeyFileError(.notRegularFile, "is not a regular file", path: path)
            case .tooLarge: throw KeyFileError(.tooLarge, "is larger than \(Self.maxFileBytes >> 20) MiB", path: path)
            }
        }
    }
}
