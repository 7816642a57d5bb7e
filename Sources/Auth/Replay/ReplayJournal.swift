import Base
import Glibc
import Synchronization

/// The file in which used nonces outlive the process: appended to with one `write` per signed request.
///
/// What `write` has taken survives the end of this process, however it comes about. Only the kernel's own end can lose it;
/// what that would open again is closed by ceilings, see `ReplayMemory`.
///
/// There are two files. After a lifetime of nonces the current one becomes the previous one, and the one before that,
/// whose nonces have all been forgotten, goes. So neither is ever written anew while requests wait, and both together
/// hold no more than twice what the table of nonces holds.
struct ReplayJournal: Sendable {
    private let folder: String
    private let lock: FolderLock
    private let maxRecords: Int
    private(set) var generation: Int64
    private(set) var file: ReplayFile
    private var began: ContinuousClock.Instant

    /// Begins a new file that says all that `history` says, on the disk when this returns.
    init(
        folder: String,
        lock: FolderLock,
        history: ReplayHistory,
        maxRecords: Int,
        at now: Moment
    ) throws(KeyFileError) {
        let file = try ReplayFile(path: Self.path(folder, Self.newName), history.records)
        try file.synchronize()
        try Self.rename(folder, Self.newName, ReplayHistory.currentName)
        unsafe unlink(Self.path(folder, ReplayHistory.previousName))
        try lock.synchronize()
        self.folder = folder
        self.lock = lock
        self.maxRecords = maxRecords
        self.generation = history.generation
        self.began = now.steady
        self.file = file
    }

    private static let newName = "replay.journal.new"

    /// Whether the current file is older than every nonce of the previous one, which therefore may go.
    func isRotationDue(lifetime: Duration, at now: Moment) -> Bool {
        self.began + lifetime < now.steady
    }

    /// - Parameter summary: floors and ceilings; claims stay in the file that becomes the previous one.
    /// - Throws: the reason; then everything is as before.
    mutating func rotate(_ summary: ReplayHistory, at now: Moment) throws(KeyFileError) {
        // The ceilings that the current file begins with may be on the disk only in the file that goes now.
        if !self.file.isBeginningSynchronized { try self.file.synchronize() }
        let file = try ReplayFile(path: Self.path(self.folder, Self.newName), summary.records)
        try Self.rename(self.folder, ReplayHistory.currentName, ReplayHistory.previousName)
        do throws(KeyFileError) {
            try Self.rename(self.folder, Self.newName, ReplayHistory.currentName)
        } catch {
            try Self.rename(self.folder, ReplayHistory.previousName, ReplayHistory.currentName)
            throw error
        }
        self.file = file
        self.generation = summary.generation
        self.began = now.steady
    }

    /// Writes `records`, all or nothing.
    mutating func append(_ records: [ReplayRecord], holdsCeiling: Bool) throws(KeyFileError) {
        guard self.file.recordCount + records.count <= self.maxRecords else {
            throw KeyFileError(.tooLarge, "is full and cannot be replaced by a new file", path: self.file.path)
        }
        try self.file.append(records, holdsCeiling: holdsCeiling)
    }

    private static func path(_ folder: String, _ name: String) -> String { "\(folder)/\(name)" }

    private static func rename(_ folder: String, _ old: String, _ new: String) throws(KeyFileError) {
        guard unsafe Glibc.rename(Self.path(folder, old), Self.path(folder, new)) == 0 else {
            let why = "cannot be renamed (\(SystemFault.last))"
            throw KeyFileError(.unwritable, why, path: Self.path(folder, old))
        }
    }
}

/// One open file of the journal.
///
/// Concurrency: `append` is for one caller at a time; `synchronize` may run beside it on another thread.
final class ReplayFile: Sendable {
    let path: String
    private let descriptor: CInt
    private let state: Mutex<State>

    private struct State {
        var bytes: Int
        /// Bytes up to the last ceiling that was written…
        var ceilingBytes = 0
        /// …and bytes of which the disk has said that it holds them.
        var synchronizedBytes = 0
        var isTorn = false
        var isSynchronizing = false
        /// Of the last flush in the background.
        var failure: KeyFileError?
    }

    /// Makes the file anew, readable by its owner alone.
    init(path: String, _ records: [ReplayRecord]) throws(KeyFileError) {
        self.path = path
        unsafe unlink(path)
        self.state = Mutex(State(bytes: 0))
        do throws(SystemFault) {
            self.descriptor = try NewFile.open(path, appends: true)
        } catch {
            throw Self.unwritable(path, error)
        }
        try self.append(records, holdsCeiling: false)
    }

    var recordCount: Int { self.state.withLock { $0.bytes } / ReplayRecord.byteCount }

    var isBeginningSynchronized: Bool { self.state.withLock { $0.synchronizedBytes > 0 } }

    var hasCeilingsToSynchronize: Bool { self.state.withLock { $0.ceilingBytes > $0.synchronizedBytes } }

    func append(_ records: [ReplayRecord], holdsCeiling: Bool) throws(KeyFileError) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(records.count * ReplayRecord.byteCount)
        for record in records { record.append(to: &bytes) }
        try self.state.withLock { state throws(KeyFileError) in
            guard !state.isTorn else {
                throw KeyFileError(.unwritable, "ends with a piece of a record", path: self.path)
            }
            let progress = FileIO.write(bytes, to: self.descriptor)
            if let fault = progress.fault {
                if progress.bytes > 0 { state.isTorn = ftruncate(self.descriptor, off_t(state.bytes)) != 0 }
                throw Self.unwritable(self.path, fault)
            }
            state.bytes += bytes.count
            if holdsCeiling { state.ceilingBytes = state.bytes }
        }
    }

    /// Waits until the disk holds what was appended before this call.
    func synchronize() throws(KeyFileError) {
        let bytes = self.state.withLock { $0.bytes }
        guard fdatasync(self.descriptor) == 0 else { throw Self.unwritable(self.path, .last) }
        self.state.withLock { $0.synchronizedBytes = max($0.synchronizedBytes, bytes) }
    }

    /// - Returns: false if a flush is planned already; it will take what is appended until then.
    func beginSynchronizing() -> Bool {
        self.state.withLock { state in
            defer { state.isSynchronizing = true }
            return !state.isSynchronizing
        }
    }

    /// Flushes; its failure waits for `takeFailure`.
    func endSynchronizing() {
        self.state.withLock { $0.isSynchronizing = false }
        do throws(KeyFileError) {
            try self.synchronize()
        } catch {
            self.state.withLock { $0.failure = error }
        }
    }

    func takeFailure() -> KeyFileError? { self.state.withLock { $0.failure.take() } }

    private static func unwritable(_ path: String, _ fault: SystemFault) -> KeyFileError {
        KeyFileError(.unwritable, "cannot be written (\(fault))", path: path)
    }

    deinit {
        if self.descriptor >= 0 { close(self.descriptor) }
    }
}

/// Makes sure that one process at a time uses a folder. The kernel takes the lock back when the process ends.
final class FolderLock: Sendable {
    private let path: String
    private let descriptor: CInt

    /// - Throws: `.missing`, `.unreadable`, or `.inUse` if another process holds the lock.
    init(_ path: String) throws(KeyFileError) {
        self.path = path
        self.descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard self.descriptor >= 0 else {
            let code: KeyFileError.Code = errno == ENOENT ? .missing : .unreadable
            throw KeyFileError(code, "cannot be opened (\(SystemFault.last))", path: path)
        }
        guard flock(self.descriptor, LOCK_EX | LOCK_NB) == 0 else {
            guard errno == EWOULDBLOCK else {
                throw KeyFileError(.unwritable, "cannot be locked (\(SystemFault.last))", path: path)
            }
            throw KeyFileError(.inUse, "is in use by another agent", path: path)
        }
    }

    /// Waits until the disk holds the names of the files in the folder.
    func synchronize() throws(KeyFileError) {
        guard fsync(self.descriptor) == 0 else {
            throw KeyFileError(.unwritable, "cannot be written (\(SystemFault.last))", path: self.path)
        }
    }

    deinit {
        guard self.descriptor >= 0 else { return }
        // The lock is shared with children that have not begun their program yet: closing would leave it to them.
        flock(self.descriptor, LOCK_UN)
        close(self.descriptor)
    }
}
