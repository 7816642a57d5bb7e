import DockerBridge
import NIOCore

/// Reads the tunnel: cuts bytes into messages, as long as nothing stands against reading.
///
/// While a reason stands (`ReadGate`), the channel is not read and what lies in the reader stays there, so that every bound
/// holds within one read burst too. A message under way counts in the memory budget; when there is no room for more of it
/// the tunnel waits a moment, and then skips the message and says so.
///
/// Concurrency: lives on the tunnel's event loop.
final class TunnelInlet {
    /// For room in the memory budget: what is behind the message (pings, keys) waits as long.
    static let memoryPatience = TimeAmount.milliseconds(500)

    /// What is taken out of the reader in one turn of the loop: a controller that sends thousands of small frames in one
    /// piece does not keep other connections waiting.
    static let eventsPerTurn = 64
    /// What is taken once the connection has ended: enough for the word of a controller that says why it leaves, not for
    /// the mebibytes of one that floods.
    static let eventsAtEnd = 1024

    /// What the tunnel does with what it reads.
    struct Outlets {
        var event: (WebSocketReader.Event) -> Void
        var violation: (WebSocketViolation) -> Void
        /// Has streams that hold memory without using it give it back; returns whether there is room then.
        var makeRoom: () -> Bool
        /// The channel is no longer read.
        var paused: () -> Void
        /// It is read again.
        var resumed: () -> Void
    }

    private let memory: MemoryBudget
    private let turns: LoopTurns
    private let outlets: Outlets
    private var channel: (any Channel)?
    private var reader = WebSocketReader(limits: .greeting)
    private var gate = ReadGate()
    private var watch = MessageWatch()
    private var receivedBytes = 0
    /// Of the message under way, as the budget knows it.
    private var countedBytes = 0
    private var isProcessing = false
    private var isReading = true
    private var wasPaused = false
    private var eventsInTurn = 0
    /// Nothing more comes.
    private var hasEnded = false
    private var patience: Scheduled<Void>?
    private var roomTicket: MemoryBudget.Ticket?

    init(memory: MemoryBudget, turns: LoopTurns, outlets: Outlets) {
        self.memory = memory
        self.turns = turns
        self.outlets = outlets
    }

    var isPaused: Bool { self.gate.isPaused }
    /// Bytes of a message under way that are held.
    var heldBytes: Int { self.reader.heldBytes }

    func attach(_ channel: any Channel) {
        self.channel = channel
    }

    /// The session is over: nothing more is read.
    func stop() {
        self.channel = nil
        self.count(0)
        self.stopWaiting()
        self.reader = WebSocketReader(limits: .greeting)
    }

    /// From the next message on the limits of a welcomed session hold.
    func welcomed() {
        self.reader.limits = .live
    }

    func read(_ bytes: ByteBuffer) {
        self.receivedBytes += bytes.readableBytes
        self.eventsInTurn = 0
        self.reader.append(bytes)
        self.process()
    }

    /// The controller sends nothing more: what waits for its turn may say why.
    func end() {
        self.hasEnded = true
        self.eventsInTurn = 0
        self.set(.turn, false)
    }

    /// Whether a message under way trickles, or takes too long.
    func isStuck(now: NIODeadline) -> Bool {
        self.watch.isStuck(
            message: self.reader.announcedBytes == nil ? nil : self.reader.begunMessages,
            received: self.receivedBytes,
            isPaused: self.isPaused,
            now: now
        )
    }

    /// A reason not to read holds from now on, or no longer.
    func set(_ reason: ReadGate.Reasons, _ holds: Bool) {
        self.gate.set(reason, holds)
        self.process()
    }

    // MARK: Inside

    /// Callees may re-enter it by opening the gate, which is a no-op: the loop continues after they return.
    private func process() {
        guard !self.isProcessing, self.channel != nil else { return }
        self.isProcessing = true
        defer { self.isProcessing = false }
        do throws(WebSocketViolation) {
            while self.gate.isOpen, self.channel != nil {
                guard self.eventsInTurn < (self.hasEnded ? Self.eventsAtEnd : Self.eventsPerTurn) else {
                    self.waitForTurn()
                    break
                }
                guard let event = try self.reader.next() else {
                    self.weigh()
                    break
                }
                // The receiver of the message holds it from here on.
                self.count(self.reader.heldBytes)
                self.outlets.event(event)
                self.eventsInTurn += 1
            }
        } catch {
            self.count(0)
            self.outlets.violation(error)
        }
        self.setReading(self.gate.isOpen)
    }

    private func waitForTurn() {
        self.gate.set(.turn, true)
        self.turns.later { [weak self] in
            self?.eventsInTurn = 0
            self?.set(.turn, false)
        }
    }

    /// More bytes are wanted: is there room for them?
    private func weigh() {
        // What can never fit is not waited for.
        if let announced = self.reader.announcedBytes,
            announced > max(self.memory.largestShare, WebSocketReader.Limits.greeting.messageBytes)
        {
            self.reader.refuseMessage()
        }
        self.count(self.reader.heldBytes)
        // A read of its own is everybody's.
        guard self.countedBytes > MemoryBudget.guaranteedBytes, !self.memory.hasRoom else { return }
        self.gate.set(.memory, true)
        guard let loop = self.channel?.eventLoop.assumeIsolated() else { return }
        // Later, because the stream that gives memory back is in the middle of an event.
        self.roomTicket = self.memory.whenRoom { [weak self] in loop.execute { self?.goOn() } }
        self.patience = loop.scheduleTask(in: Self.memoryPatience) {
            if !self.outlets.makeRoom() {
                self.reader.refuseMessage()
                self.count(self.reader.heldBytes)
            }
            self.goOn()
        }
    }

    private func goOn() {
        self.stopWaiting()
        self.set(.memory, false)
    }

    private func stopWaiting() {
        self.patience?.cancel()
        self.patience = nil
        if let roomTicket { self.memory.cancel(roomTicket) }
        self.roomTicket = nil
    }

    private func count(_ bytes: Int) {
        let change = bytes - self.countedBytes
        guard change != 0 else { return }
        self.countedBytes = bytes
        self.memory.change(by: change)
    }

    private func setReading(_ isReading: Bool) {
        let isPaused = self.gate.isPaused
        if isPaused != self.wasPaused {
            self.wasPaused = isPaused
            if isPaused { self.outlets.paused() } else { self.outlets.resumed() }
        }
        guard isReading != self.isReading, let channel = self.channel else { return }
        self.isReading = isReading
        try? channel.syncOptions?.setOption(.autoRead, value: isReading)
    }
}

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
        /// The engine is slow to take the body of a request.
        static let upload = Reasons(rawValue: 16)
    }

    private(set) var reasons: Reasons = []

    var isOpen: Bool { self.reasons.isEmpty }
    /// Whether reading pauses for longer than a turn of the loop.
    var isPaused: Bool { !self.reasons.subtracting(.turn).isEmpty }

    mutating func set(_ reason: Reasons, _ holds: Bool) {
        if holds { self.reasons.insert(reason) } else { self.reasons.remove(reason) }
    }
}

/// Notices a message that has begun and does not come to its end: it holds memory, or keeps the session deaf.
struct MessageWatch {
    /// For a whole message: the largest one that is gathered needs 55 KiB/s. A controller whose own pings wait behind its
    /// message gives up long before.
    static let longest = TimeAmount.seconds(300)
    /// Longer than the silence after which the session is given up anyway.
    static let patience = TimeAmount.seconds(60)
    /// Of a message in `patience`.
    static let minimumBytes = 16 * 1024

    private var trickle = WriteWatch(patience: Self.patience, minimumBytes: Self.minimumBytes)
    private var message: Int?
    private var since = NIODeadline.distantPast

    /// - Parameters:
    ///   - message: the number of the message under way; `nil` between two messages.
    ///   - received: bytes of the connection so far.
    ///   - isPaused: the tunnel is not read, so what does not come is not the peer's fault.
    mutating func isStuck(message: Int?, received: Int, isPaused: Bool, now: NIODeadline) -> Bool {
        if message != self.message {
            self.message = message
            self.since = now
            self.trickle = WriteWatch(patience: Self.patience, minimumBytes: Self.minimumBytes)
        }
        guard message != nil else { return false }
        if isPaused {
            _ = self.trickle.isStuck(waiting: nil, moved: received, now: now)
            return false
        }
        return self.trickle.isStuck(waiting: .max, moved: received, now: now) || now - self.since >= Self.longest
    }
}
