import DockerBridge
import NIOCore

/// Who owns a queue of the outbox.
protocol OutboxClient: AnyObject {
    /// Frames left and the queue takes more again.
    func outboxHasRoom()
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

    let allocator = ByteBufferAllocator()
    private let eventLoop: any EventLoop
    private let memory: MemoryBudget
    private var lanes = Lanes()
    /// What `memory` knows of the lanes.
    private var countedBytes = 0
    private var clients: [(any OutboxClient)?] = []
    private var masks = MaskSource()
    private var context: ChannelHandlerContext?
    private var isPumpScheduled = false
    private var isPumping = false
    private var backlog = PeerBacklog()
    private var isLookScheduled = false
    private var isLookDue = false
    /// Exec sessions that are open: while there are any, bulk waits for a reader who falls behind.
    private var terminals = 0
    private var framesWritten = 0
    /// Called when the last waiting frame went to the channel.
    var whenEmpty: (() -> Void)?

    init(eventLoop: any EventLoop, memory: MemoryBudget) {
        self.eventLoop = eventLoop
        self.memory = memory
    }

    var waitingBytes: Int { self.lanes.totalBytes }

    /// Changes whenever bytes leave for the network; `nil` while nothing waits.
    var progressMark: Int? {
        guard let context = self.context,
            let buffered = try? context.channel.syncOptions?.getOption(.bufferedWritableBytes),
            buffered > 0 || !self.lanes.isEmpty
        else { return nil }
        return self.framesWritten &* (1 << 32) &+ buffered
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
        self.lanes = Lanes()
        self.count()
        self.whenEmpty = nil
    }

    func open(_ lane: Lanes.Lane) -> Lanes.Slot {
        let slot = self.lanes.open(lane)
        while self.clients.count <= slot { self.clients.append(nil) }
        self.clients[slot] = nil
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

    /// No more frames will come for `slot`; its client hears nothing more.
    func finish(_ slot: Lanes.Slot) {
        guard self.context != nil else { return }
        self.clients[slot] = nil
        self.lanes.finish(slot)
    }

    /// Drops what waits for `slot`.
    func discard(_ slot: Lanes.Slot) {
        guard self.context != nil else { return }
        self.clients[slot] = nil
        self.lanes.discard(slot)
        self.count()
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
                self.count()
                wrote = true
                self.framesWritten &+= 1
                if let client = self.clients[slot], self.isWritable(slot) { client.outboxHasRoom() }
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
