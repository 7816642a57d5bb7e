import DequeModule
import NIOCore

/// Decides which frame leaves next, so that a key press never waits behind an export.
///
/// Every stream owns a queue in one lane. Control goes before interactive before bulk; within a lane the queues take
/// turns by bytes (deficit round robin). Bulk never starves: after `interactiveRun` bytes of interactive frames one
/// bulk frame is let through. The order within one queue never changes.
///
/// A value: its owner writes the frames.
struct Lanes {
    enum Lane: Int, CaseIterable {
        /// Pings, pongs and errors that belong to no stream.
        case control
        /// Terminal output and small answers.
        case interactive
        /// Logs, events, large answers.
        case bulk
    }

    /// A queue's handle; valid until the queue is empty after `finish`, or until `discard`.
    typealias Slot = Int

    /// Bytes one queue may send before the next has its turn: about one of the largest bulk frames. What a turn
    /// sends beyond it is taken off the next one.
    static let quantum = 32 * 1024
    /// Bytes of interactive frames after which a waiting bulk frame is let through.
    static let interactiveRun = 256 * 1024

    private struct Queue {
        var lane = Lane.control
        var frames: Deque<ByteBuffer> = []
        var bytes = 0
        var deficit = 0
        var isFinishing = false
        var isOpen = false
    }

    private var queues: [Queue] = []
    private var free: [Slot] = []
    /// Slots with frames waiting, per lane, in turn order.
    private var turns: [Deque<Slot>] = Lane.allCases.map { _ in [] }
    private var interactiveBytesSinceBulk = 0
    /// Bytes waiting in all queues.
    private(set) var totalBytes = 0
    /// Bytes that have left, by lane.
    private var takenBytes = [Int](repeating: 0, count: Lane.allCases.count)

    var isEmpty: Bool { self.totalBytes == 0 }

    mutating func open(_ lane: Lane) -> Slot {
        let slot: Slot
        if let reused = self.free.popLast() {
            slot = reused
        } else {
            slot = self.queues.count
            self.queues.append(Queue())
        }
        self.queues[slot].lane = lane
        self.queues[slot].isOpen = true
        self.queues[slot].isFinishing = false
        self.queues[slot].deficit = 0
        return slot
    }

    /// Moves an empty queue to another lane; frames already waiting keep their place.
    mutating func move(_ slot: Slot, to lane: Lane) {
        guard self.queues[slot].frames.isEmpty else { return }
        self.queues[slot].lane = lane
    }

    func bytes(in slot: Slot) -> Int { self.queues[slot].bytes }

    mutating func push(_ frame: ByteBuffer, to slot: Slot) {
        precondition(self.queues[slot].isOpen && !self.queues[slot].isFinishing, "frame after the last one")
        let size = frame.readableBytes
        if self.queues[slot].frames.isEmpty {
            self.turns[self.queues[slot].lane.rawValue].append(slot)
            self.queues[slot].deficit = 0
        }
        self.queues[slot].frames.append(frame)
        self.queues[slot].bytes += size
        self.totalBytes += size
    }

    /// No more frames will come; the slot is free once those waiting have left.
    mutating func finish(_ slot: Slot) {
        self.queues[slot].isFinishing = true
        if self.queues[slot].frames.isEmpty { self.release(slot) }
    }

    /// Drops what waits and frees the slot.
    mutating func discard(_ slot: Slot) {
        self.totalBytes -= self.queues[slot].bytes
        if !self.queues[slot].frames.isEmpty {
            self.turns[self.queues[slot].lane.rawValue].removeAll { $0 == slot }
        }
        self.release(slot)
    }

    /// Bytes that have left since this was asked last, by lane.
    mutating func takeCounts() -> [Int] {
        exchange(&self.takenBytes, with: [Int](repeating: 0, count: Lane.allCases.count))
    }

    var hasBulk: Bool { !self.turns[Lane.bulk.rawValue].isEmpty }

    /// Takes the frame whose turn it is.
    /// - Parameter holdingBulk: bulk frames stay where they are.
    mutating func pop(holdingBulk: Bool = false) -> (frame: ByteBuffer, slot: Slot)? {
        guard let lane = self.nextLane(holdingBulk) else { return nil }
        while let slot = self.turns[lane.rawValue].first {
            if self.queues[slot].deficit <= 0 { self.queues[slot].deficit += Self.quantum }
            let size = self.queues[slot].frames[0].readableBytes
            if self.queues[slot].deficit > 0 {
                return (self.take(from: slot, size: size), slot)
            }
            self.endTurn(of: slot, in: lane)
        }
        return nil
    }

    private func nextLane(_ holdingBulk: Bool) -> Lane? {
        if !self.turns[Lane.control.rawValue].isEmpty { return .control }
        let hasBulk = self.hasBulk && !holdingBulk
        if hasBulk, self.interactiveBytesSinceBulk >= Self.interactiveRun { return .bulk }
        if !self.turns[Lane.interactive.rawValue].isEmpty { return .interactive }
        return hasBulk ? .bulk : nil
    }

    private mutating func take(from slot: Slot, size: Int) -> ByteBuffer {
        let lane = self.queues[slot].lane
        let frame = self.queues[slot].frames.removeFirst()
        self.queues[slot].bytes -= size
        self.queues[slot].deficit -= size
        self.totalBytes -= size
        self.takenBytes[lane.rawValue] += size
        switch lane {
        case .control: break
        case .interactive: self.interactiveBytesSinceBulk += size
        case .bulk: self.interactiveBytesSinceBulk = 0
        }
        if self.queues[slot].frames.isEmpty {
            self.turns[lane.rawValue].removeFirst()
            if self.queues[slot].isFinishing { self.release(slot) }
        } else if self.queues[slot].deficit <= 0 {
            self.endTurn(of: slot, in: lane)
        }
        return frame
    }

    private mutating func endTurn(of slot: Slot, in lane: Lane) {
        self.turns[lane.rawValue].removeFirst()
        self.turns[lane.rawValue].append(slot)
    }

    private mutating func release(_ slot: Slot) {
        self.queues[slot].isOpen = false
        self.queues[slot].isFinishing = false
        self.queues[slot].frames.removeAll(keepingCapacity: self.queues[slot].frames.count <= 64)
        self.queues[slot].bytes = 0
        self.free.append(slot)
    }
}
