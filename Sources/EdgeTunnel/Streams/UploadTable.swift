import NIOCore

/// The bodies of requests that come in frames of their own: what each may hold, when the tunnel waits for the engine, and
/// which request is lost.
///
/// All uploads share one connection, which has no flow control for each of them. So a body whose queue is full stops the
/// reading of the tunnel until half of the queue has gone to the engine, and everything behind it waits. That wait is paid for
/// out of a credit of the body: `Limits.patience` at first, earned back by the bytes that the engine takes, at
/// `Limits.bytesPerSecond`. A body without credit is lost, and the tunnel reads on.
///
/// All bodies together have one more credit of that size, which time without a wait gives back slowly: an engine that hung once
/// does not cost the bodies of later hours. Where it is used up, each further body is waited for no longer than
/// `Limits.least`, so that a hundred bodies for an engine that takes nothing hold up the tunnel for seconds and not for the
/// patience of each.
///
/// A value: the bytes, the engine and the clock are elsewhere. Every body has a deadline, except while the tunnel is not read
/// for another reason, which has a deadline of its own. A frame takes the same work however many bodies there are.
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
        /// The same for each body once all of them together have used up `patience`: at 2 MiB/s half of a full queue goes.
        var least = TimeAmount.milliseconds(250)
        /// Time without a wait gives back this part of itself to the credit of all bodies.
        var regain: Int64 = 8
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
            /// Its last frame came then, on the clock of `readTime`.
            case coming(heardAt: TimeAmount)
            /// It has ended, and bytes wait.
            case leaving
        }

        var phase: Phase
        var received = 0
        var waiting = 0
        /// When the engine took a byte last, or bytes began to wait.
        var tookAt: NIODeadline
        /// Since when the tunnel waits for it.
        var fullSince: NIODeadline?
        var credit: PauseCredit
    }

    let limits: Limits
    private var uploads: [String: Upload] = [:]
    /// Bytes of all bodies that have not ended.
    private var received = 0
    /// Bodies that the tunnel waits for.
    private var fullCount = 0
    /// Of all bodies together.
    private var credit: PauseCredit
    private var isReading = true
    /// Since when the tunnel is read.
    private var readAt = NIODeadline.distantPast
    /// How long it was read before. Silence is measured on this clock, which rests while what comes cannot be heard.
    private var readBefore = TimeAmount.zero

    init(limits: Limits = Limits()) {
        self.limits = limits
        self.credit = PauseCredit(limits.patience, regain: limits.regain)
    }

    var count: Int { self.uploads.count }

    /// Whether the tunnel waits for the engine.
    var isPaused: Bool { self.fullCount > 0 }

    // MARK: What the controller sends

    mutating func begin(_ id: String, now: NIODeadline) {
        let phase = Upload.Phase.coming(heardAt: self.readTime(now))
        self.uploads[id] = Upload(phase: phase, tookAt: now, credit: PauseCredit(self.limits.patience))
    }

    /// A piece of `bytes` has come.
    mutating func received(_ id: String, bytes: Int, isMemoryShort: Bool, now: NIODeadline) -> Received {
        guard var upload = self.uploads[id], case .coming = upload.phase else { return .ignored }
        guard upload.received + bytes <= self.limits.body else {
            self.removed(id, now: now)
            return .lost(.tooLarge(limit: self.limits.body))
        }
        guard self.received + bytes <= self.limits.total else {
            self.removed(id, now: now)
            return .lost(.tooLargeTogether(limit: self.limits.total))
        }
        if upload.waiting == 0 { upload.tookAt = now }
        upload.phase = .coming(heardAt: self.readTime(now))
        upload.received += bytes
        upload.waiting += bytes
        self.received += bytes
        self.judge(&upload, isMemoryShort: isMemoryShort, now: now)
        self.uploads[id] = upload
        return .waits
    }

    /// Nothing more of the body comes.
    mutating func ended(_ id: String, now: NIODeadline) -> Ended {
        guard var upload = self.uploads[id], case .coming = upload.phase else { return .ignored }
        guard upload.waiting > 0 else {
            self.removed(id, now: now)
            return .complete
        }
        // What waits is all that there will be.
        upload.phase = .leaving
        self.setFull(&upload, false, now: now)
        self.uploads[id] = upload
        return .waits
    }

    // MARK: What the engine does

    /// The engine has taken `bytes` of what waited.
    ///
    /// - Returns: whether it has the whole body now.
    mutating func took(_ id: String, bytes: Int, isMemoryShort: Bool, now: NIODeadline) -> Bool {
        guard var upload = self.uploads[id] else { return false }
        upload.waiting -= bytes
        upload.tookAt = now
        let earned = TimeAmount.nanoseconds(Int64(bytes) * 1_000_000_000 / Int64(self.limits.bytesPerSecond))
        upload.credit.earn(earned, now: now)
        self.credit.earn(earned, now: now)
        if upload.phase == .leaving, upload.waiting <= 0 {
            self.removed(id, now: now)
            return true
        }
        self.judge(&upload, isMemoryShort: isMemoryShort, now: now)
        self.uploads[id] = upload
        return false
    }

    /// There is memory again: a queue that was full for the lack of it may grow. Looks at every body.
    mutating func roomCame(now: NIODeadline) {
        for (id, upload) in self.uploads where upload.fullSince != nil {
            var upload = upload
            self.judge(&upload, isMemoryShort: false, now: now)
            self.uploads[id] = upload
        }
    }

    /// The request is answered or given up: nothing more of its body is wanted.
    mutating func removed(_ id: String, now: NIODeadline) {
        guard var upload = self.uploads.removeValue(forKey: id) else { return }
        self.received -= upload.received
        self.setFull(&upload, false, now: now)
    }

    // MARK: Time

    /// The tunnel is read again, or no longer; whatever the reason.
    mutating func reading(_ isReading: Bool, now: NIODeadline) {
        guard isReading != self.isReading else { return }
        if isReading { self.readAt = now } else { self.readBefore = self.readTime(now) }
        self.isReading = isReading
    }

    private func readTime(_ now: NIODeadline) -> TimeAmount {
        self.isReading ? self.readBefore + (now - self.readAt) : self.readBefore
    }

    /// When `tick` has something to do next. Looks at every body.
    var nextDeadline: NIODeadline? {
        self.uploads.values.compactMap { self.due($0)?.at }.min()
    }

    /// The same for one body. What happens to one does not bring the deadline of another nearer.
    func deadline(of id: String) -> NIODeadline? {
        self.uploads[id].flatMap { self.due($0)?.at }
    }

    /// Time passes.
    ///
    /// - Returns: the bodies that are lost.
    mutating func tick(now: NIODeadline) -> [(id: String, loss: Loss)] {
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
        if let fullSince = upload.fullSince, let own = upload.credit.end, let shared = self.credit.end {
            let end = min(own, max(shared, fullSince + self.limits.least))
            add(end, .slowEngine(bytesPerSecond: self.limits.bytesPerSecond))
        }
        if case .coming(let heardAt) = upload.phase, self.isReading {
            add(self.readAt + (heardAt - self.readBefore) + self.limits.idle, .silence(self.limits.idle))
        }
        return due
    }

    // MARK: Inside

    /// Half of the bound lies between full and no longer full, so that the tunnel does not stop for every piece.
    private mutating func judge(_ upload: inout Upload, isMemoryShort: Bool, now: NIODeadline) {
        let bound = isMemoryShort ? self.limits.scarce : self.limits.full
        let isFull = upload.fullSince != nil ? upload.waiting > bound / 2 : upload.waiting >= bound
        self.setFull(&upload, isFull && upload.phase != .leaving, now: now)
    }

    private mutating func setFull(_ upload: inout Upload, _ isFull: Bool, now: NIODeadline) {
        guard isFull != (upload.fullSince != nil) else { return }
        upload.fullSince = isFull ? now : nil
        upload.credit.spend(isFull, now: now)
        self.fullCount += isFull ? 1 : -1
        self.credit.spend(self.fullCount > 0, now: now)
    }
}
