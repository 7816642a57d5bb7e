import NIOCore

/// The bodies of requests that come in frames of their own: what each may hold, when the tunnel waits for the engine, and
/// which request is lost.
///
/// All uploads share one connection, which has no flow control for each of them. So a body whose queue is full stops the
/// reading of the tunnel until half of the queue has gone to the engine, and everything behind it waits. That wait is paid for
/// out of a credit of the body: `Limits.patience` at first, earned back by the bytes that the engine takes, at
/// `Limits.bytesPerSecond`. A body without credit is lost, and the tunnel reads on.
///
/// A value: the bytes, the engine and the clock are elsewhere. Every body has a deadline, except while the tunnel is not read
/// for another reason, which has a deadline of its own.
struct UploadTable {
    struct Limits: Equatable {
        /// Of one body, in bytes.
        var body = 512 << 20
        /// Of all bodies that have not ended, in bytes.
        var total = 1 << 30
        /// Without a frame while the tunnel is read, or without a byte that the engine takes while some wait.
        var idle = TimeAmount.seconds(30)
        /// How long the tunnel waits for an engine that takes nothing. Keys and pings behind the body wait as long.
        var patience = TimeAmount.seconds(10)
        /// What the engine has to take on average while the tunnel waits for it. The buffers of both ends hold some 10 MiB: with
        /// `patience` they pass in 50 s, before a controller misses the pong behind them (a Drydock gives up after 60 s).
        var bytesPerSecond = 256 << 10
        /// From here on the tunnel waits.
        var full = 1 << 20
        /// The same while memory is short: what every exchange may hold.
        var scarce = 64 << 10
    }

    /// Why a body is given up.
    enum Loss: Equatable, Sendable, CustomStringConvertible {
        case tooLarge(limit: Int)
        case tooLargeTogether(limit: Int)
        case silence(TimeAmount)
        case idleEngine(TimeAmount)
        case slowEngine(bytesPerSecond: Int)

        var description: String {
            switch self {
            case .tooLarge(let limit): "request body larger than \(limit >> 20) MiB"
            case .tooLargeTogether(let limit): "request bodies under way larger than \(limit >> 20) MiB together"
            case .silence(let limit): "no stream or stream_end of the request body for \(Self.seconds(limit)) s"
            case .idleEngine(let limit): "the engine has taken none of the request body for \(Self.seconds(limit)) s"
            case .slowEngine(let rate):
                "the engine takes less than \(rate >> 10) KiB/s of the request body, which holds up the tunnel"
            }
        }

        private static func seconds(_ time: TimeAmount) -> Int64 { time.nanoseconds / 1_000_000_000 }
    }

    /// To a piece of a body.
    enum Received: Equatable, Sendable {
        /// Its body is over, or was never begun.
        case ignored
        /// It waits for the engine.
        case waits
        case lost(Loss)
    }

    /// To the end of a body.
    enum Ended: Equatable, Sendable {
        case ignored
        /// Bytes of it wait for the engine.
        case waits
        /// The engine has all of it.
        case complete
    }

    private struct Upload {
        enum Phase: Equatable {
            /// Its last frame came then.
            case coming(heardAt: NIODeadline)
            /// It has ended, and bytes wait.
            case leaving
        }

        var phase: Phase
        var received = 0
        var waiting = 0
        /// When the engine took a byte last, or bytes began to wait.
        var tookAt: NIODeadline
        /// Whether the tunnel waits for it.
        var isFull = false
        /// How long the tunnel goes on waiting for it.
        var credit: TimeAmount
    }

    let limits: Limits
    private var uploads: [String: Upload] = [:]
    /// Bytes of all bodies that have not ended.
    private var received = 0
    private var isReading = true
    /// Since when the tunnel is read.
    private var readAt = NIODeadline.distantPast
    /// To when credits are paid.
    private var settledAt = NIODeadline.distantPast

    init(limits: Limits = Limits()) {
        self.limits = limits
    }

    var count: Int { self.uploads.count }

    /// Whether the tunnel waits for the engine.
    var isPaused: Bool { self.uploads.values.contains { $0.isFull } }

    // MARK: What the controller sends

    mutating func begin(_ id: String, now: NIODeadline) {
        self.uploads[id] = Upload(phase: .coming(heardAt: now), tookAt: now, credit: self.limits.patience)
    }

    /// A piece of `bytes` has come.
    mutating func received(_ id: String, bytes: Int, isMemoryShort: Bool, now: NIODeadline) -> Received {
        self.settle(now: now)
        guard var upload = self.uploads[id], case .coming = upload.phase else { return .ignored }
        guard upload.received + bytes <= self.limits.body else {
            return self.lose(id, .tooLarge(limit: self.limits.body))
        }
        guard self.received + bytes <= self.limits.total else {
            return self.lose(id, .tooLargeTogether(limit: self.limits.total))
        }
        if upload.waiting == 0 { upload.tookAt = now }
        upload.phase = .coming(heardAt: now)
        upload.received += bytes
        upload.waiting += bytes
        self.received += bytes
        self.judge(&upload, isMemoryShort: isMemoryShort)
        self.uploads[id] = upload
        return .waits
    }

    /// Nothing more of the body comes.
    mutating func ended(_ id: String, now: NIODeadline) -> Ended {
        self.settle(now: now)
        guard var upload = self.uploads[id], case .coming = upload.phase else { return .ignored }
        guard upload.waiting > 0 else {
            self.removed(id, now: now)
            return .complete
        }
        // What waits is all that there will be.
        upload.phase = .leaving
        upload.isFull = false
        self.uploads[id] = upload
        return .waits
    }

    // MARK: What the engine does

    /// The engine has taken `bytes` of what waited.
    ///
    /// - Returns: whether it has the whole body now.
    mutating func took(_ id: String, bytes: Int, isMemoryShort: Bool, now: NIODeadline) -> Bool {
        self.settle(now: now)
        guard var upload = self.uploads[id] else { return false }
        upload.waiting -= bytes
        upload.tookAt = now
        let earned = TimeAmount.nanoseconds(Int64(bytes) * 1_000_000_000 / Int64(self.limits.bytesPerSecond))
        upload.credit = min(self.limits.patience, upload.credit + earned)
        if upload.phase == .leaving, upload.waiting <= 0 {
            self.removed(id, now: now)
            return true
        }
        self.judge(&upload, isMemoryShort: isMemoryShort)
        self.uploads[id] = upload
        return false
    }

    /// The request is answered or given up: nothing more of its body is wanted.
    mutating func removed(_ id: String, now: NIODeadline) {
        self.settle(now: now)
        guard let upload = self.uploads.removeValue(forKey: id) else { return }
        self.received -= upload.received
    }

    // MARK: Time

    /// The tunnel is read again, or no longer; whatever the reason.
    mutating func reading(_ isReading: Bool, now: NIODeadline) {
        if isReading, !self.isReading { self.readAt = now }
        self.isReading = isReading
    }

    /// When `tick` has something to do next.
    var nextDeadline: NIODeadline? {
        self.uploads.values.compactMap { self.due($0)?.at }.min()
    }

    /// Time passes.
    ///
    /// - Returns: the bodies that are lost.
    mutating func tick(now: NIODeadline) -> [(id: String, loss: Loss)] {
        self.settle(now: now)
        let lost = self.uploads.compactMap { id, upload in
            self.due(upload).flatMap { now >= $0.at ? (id: id, loss: $0.loss) : nil }
        }
        for (id, _) in lost { self.removed(id, now: now) }
        return lost
    }

    /// The first of its deadlines.
    private func due(_ upload: Upload) -> (at: NIODeadline, loss: Loss)? {
        var due: (at: NIODeadline, loss: Loss)?
        func add(_ at: NIODeadline, _ loss: Loss) {
            if due.map({ at < $0.at }) ?? true { due = (at, loss) }
        }
        if upload.waiting > 0 { add(upload.tookAt + self.limits.idle, .idleEngine(self.limits.idle)) }
        if upload.isFull {
            add(self.settledAt + upload.credit, .slowEngine(bytesPerSecond: self.limits.bytesPerSecond))
        }
        if case .coming(let heardAt) = upload.phase, self.isReading {
            add(max(heardAt, self.readAt) + self.limits.idle, .silence(self.limits.idle))
        }
        return due
    }

    // MARK: Inside

    private mutating func lose(_ id: String, _ loss: Loss) -> Received {
        self.removed(id, now: self.settledAt)
        return .lost(loss)
    }

    /// Takes the time since the last event off the credit of those that the tunnel waited for.
    private mutating func settle(now: NIODeadline) {
        let elapsed = max(now - self.settledAt, .zero)
        self.settledAt = max(now, self.settledAt)
        guard elapsed > .zero else { return }
        for index in self.uploads.values.indices where self.uploads.values[index].isFull {
            self.uploads.values[index].credit = self.uploads.values[index].credit - elapsed
        }
    }

    /// Half of the bound lies between full and no longer full, so that the tunnel does not stop for every piece.
    private func judge(_ upload: inout Upload, isMemoryShort: Bool) {
        let bound = isMemoryShort ? self.limits.scarce : self.limits.full
        guard case .coming = upload.phase else {
            upload.isFull = false
            return
        }
        upload.isFull = upload.isFull ? upload.waiting > bound / 2 : upload.waiting >= bound
    }
}
