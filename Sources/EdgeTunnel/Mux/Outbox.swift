import DockerBridge
import NIOCore

/// Who owns a queue of the outbox.
protocol OutboxClient: AnyObject {
    /// Frames left and the queue takes more again.
    func outboxHasRoom()
    /// The last frame of a queue that was finished for it has left.
    func outboxIsDone()
}

extension OutboxClient {
    func outboxIsDone() {}
}

/// Everything that waits for the socket: fair lanes above, short queues below.
/// A queue with nothing waiting always takes one more read, so that no stream waits for another to be sent.
///
/// Concurrency: lives on the tunnel's event loop. Frames leave once per loop turn, so that answers that become ready
/// together share one write.
final class Outbox {
    /// Bytes of one stream that may wait before its engine channel stops reading: about four bulk frames.
    static let streamBudget = 128 * 1024
    /// Above this sum only streams with nothing waiting may read on, so that many slow streams stay small together.
    static let crowdedBytes = 2 * 1024 * 1024

    /// A queue whose last frame is in it.
    private struct Leaving {
        /// What it counts among the owed answers.
        let owedBytes: Int
        let owner: (any OutboxClient)?
    }

    let allocator = ByteBufferAllocator()
    /// The queue of the frames that belong to no stream.
    private let control: Lanes.Slot
    private let eventLoop: any EventLoop
    private let memory: MemoryBudget
    private var lanes = Lanes()
    /// What `memory` knows of the lanes.
    private var countedBytes = 0
    private var clients: [(any OutboxClient)?] = []
    private var leaving: [Leaving?] = []
    private var owed = OwedAnswers()
    private var masks = MaskSource()
    private var context: ChannelHandlerContext?
    private var isPumpScheduled = false
    private var isPumping = false
    private var backlog = PeerBacklog()
    private var isLookScheduled = false
    private var isLookDue = false
    /// Exec sessions that are open: while there are any, bulk waits for a reader who falls behind.
    private var terminals = 0
    private var writtenBytes = 0
    /// Called when the last waiting frame went to the channel.
    var whenEmpty: (() -> Void)?
    /// Called when the peer has to read before it is read from again, and when it has done so.
    var whenOwedChanges: ((_ isTooMuch: Bool) -> Void)?

    init(eventLoop: any EventLoop, memory: MemoryBudget) {
        self.eventLoop = eventLoop
        self.memory = memory
        self.control = self.lanes.open(.control)
        self.clients.append(nil)
        self.leaving.append(nil)
    }

    var waitingBytes: Int { self.lanes.totalBytes }
    var owedBytes: Int { self.owed.bytes }
    var owesTooMuch: Bool { self.owed.isTooMuch }

    /// Bytes that the peer has taken so far, and those that wait for it to do so; `nil` while none do.
    var progress: (taken: Int, waiting: Int)? {
        guard let context = self.context,
            let buffered = try? context.channel.syncOptions?.getOption(.bufferedWritableBytes),
            buffered > 0 || !self.lanes.isEmpty
        else { return nil }
        // What the kernel holds has not been taken: it may gather far more than a slow peer takes in a while.
        let unacknowledged = SendQueue.bytes(of: context.channel) ?? 0
        let waiting = buffered + unacknowledged + self.lanes.totalBytes
        return (self.writtenBytes - buffered - unacknowledged, waiting)
    }

    /// Bytes that have left for the network since this was asked last, by lane.
    func takeCounts() -> [Int] { self.lanes.takeCounts() }

    func attach(_ context: ChannelHandlerContext) {
        self.context = context
    }

    /// The channel is gone; whatever still comes is dropped.
    func detach() {
        self.context = nil
        self.clients.removeAll()
        self.leaving.removeAll()
        self.owed = OwedAnswers()
        self.lanes = Lanes()
        self.count()
        self.whenEmpty = nil
        self.whenOwedChanges = nil
    }

    func open(_ lane: Lanes.Lane) -> Lanes.Slot {
        let slot = self.lanes.open(lane)
        while self.clients.count <= slot {
            self.clients.append(nil)
            self.leaving.append(nil)
        }
        self.clients[slot] = nil
        self.leaving[slot] = nil
        return slot
    }

    /// From now on `client` hears when `slot` takes more.
    func setClient(_ client: any OutboxClient, of slot: Lanes.Slot) {
        guard self.context != nil else { return }
        self.clients[slot] = client
    }

    func move(_ slot: Lanes.Slot, to lane: Lanes.Lane) {
        self.lanes.move(slot, to: lane)
    }

    func isWritable(_ slot: Lanes.Slot) -> Bool {
        guard self.context != nil else { return false }
        let waiting = self.lanes.bytes(in: slot)
        if waiting == 0 { return true }
        return waiting < Self.streamBudget && self.lanes.totalBytes < Self.crowdedBytes && self.memory.hasRoom
    }

    func isEmpty(_ slot: Lanes.Slot) -> Bool { self.lanes.bytes(in: slot) == 0 }

    func push(_ frame: consuming FrameBuilder, _ opcode: WebSocketOpcode = .text, to slot: Lanes.Slot) {
        guard self.context != nil else { return }
        self.lanes.push(frame.sealed(opcode, mask: self.masks.next()), to: slot)
        self.count()
        self.schedulePump()
    }

    /// Queues a frame that belongs to no stream.
    func pushControl(_ frame: consuming FrameBuilder, _ opcode: WebSocketOpcode = .text) {
        guard self.context != nil else { return }
        let frame = frame.sealed(opcode, mask: self.masks.next())
        self.owe(frame.readableBytes + OwedAnswers.frameBytes)
        self.lanes.push(frame, to: self.control)
        self.count()
        self.schedulePump()
    }

    /// No more frames will come for `slot`; its client hears nothing more.
    ///
    /// - Parameter owner: whose place among the streams under way is held until the last frame has left, which it hears of
    ///   then. Without one the answer counts as owed.
    func finish(_ slot: Lanes.Slot, for owner: (any OutboxClient)? = nil) {
        guard self.context != nil else { return }
        self.clients[slot] = nil
        let waiting = self.lanes.bytes(in: slot)
        self.lanes.finish(slot)
        guard waiting > 0 else {
            owner?.outboxIsDone()
            return
        }
        let owed = owner == nil ? min(waiting, OwedAnswers.answerBytes) + OwedAnswers.frameBytes : 0
        self.leaving[slot] = Leaving(owedBytes: owed, owner: owner)
        self.owe(owed)
    }

    /// Drops what waits for `slot`.
    func discard(_ slot: Lanes.Slot) {
        guard self.context != nil else { return }
        self.clients[slot] = nil
        self.lanes.discard(slot)
        self.count()
        if let leaving = self.leaving[slot].take() { self.owe(-leaving.owedBytes) }
    }

    func pump() {
        guard !self.isPumping, let context = self.context else { return }
        self.isPumping = true
        var wrote: Bool
        repeat {
            wrote = false
            while context.channel.isWritable,
                let (frame, slot) = self.lanes.pop(holdingBulk: self.mustHoldBulk(context))
            {
                context.write(NIOAny(frame), promise: nil)
                wrote = true
                self.writtenBytes += frame.readableBytes
                // First of all: what is called from here on may open the slot again.
                self.left(slot, bytes: frame.readableBytes)
                self.count()
                if slot < self.clients.count, let client = self.clients[slot], self.isWritable(slot) {
                    client.outboxHasRoom()
                }
            }
            if wrote { context.flush() }
        } while wrote && self.context != nil && !self.lanes.isEmpty
        self.isPumping = false
        if self.lanes.isEmpty { self.whenEmpty?() }
    }

    func terminalOpened() {
        self.terminals += 1
    }

    func terminalClosed() {
        self.terminals -= 1
    }

    private func mustHoldBulk(_ context: ChannelHandlerContext) -> Bool {
        guard self.terminals > 0, self.lanes.hasBulk else { return false }
        let window = PeerBacklog.window(of: context.channel)
        let isLook = exchange(&self.isLookDue, with: false)
        guard self.backlog.isLong(window: window, isLook: isLook) else { return false }
        if !self.isLookScheduled {
            self.isLookScheduled = true
            self.eventLoop.assumeIsolated().scheduleTask(in: PeerBacklog.lookAgain) {
                self.isLookScheduled = false
                self.isLookDue = true
                self.pump()
            }
        }
        return true
    }

    /// A frame has left.
    private func left(_ slot: Lanes.Slot, bytes: Int) {
        if slot == self.control {
            self.owe(-bytes - OwedAnswers.frameBytes)
            return
        }
        guard self.lanes.bytes(in: slot) == 0, let leaving = self.leaving[slot].take() else { return }
        self.owe(-leaving.owedBytes)
        leaving.owner?.outboxIsDone()
    }

    private func owe(_ bytes: Int) {
        if bytes != 0, self.owed.change(by: bytes) { self.whenOwedChanges?(self.owed.isTooMuch) }
    }

    private func count() {
        self.memory.changeQueued(by: self.lanes.totalBytes - self.countedBytes)
        self.countedBytes = self.lanes.totalBytes
    }

    private func schedulePump() {
        guard !self.isPumpScheduled else { return }
        self.isPumpScheduled = true
        self.eventLoop.assumeIsolated().execute {
            self.isPumpScheduled = false
            self.pump()
        }
    }
}
