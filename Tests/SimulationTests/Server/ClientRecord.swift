import NIOCore

@testable import LocalServer

/// What one client has sent and what came back, seen from the agent's end of the connection; says what must not be.
final class ClientRecord {
    /// What its connection lives in.
    struct Surroundings {
        let now: () -> NIODeadline
        let plan: (Int) -> AnswerPlan
        /// Verdicts over tokens are left to chance, and may come after their deadline.
        let isDerived: Bool
        /// Whether the engine was disturbed since a moment.
        let isDisturbed: (NIODeadline) -> Bool
        /// Whether the door gives connections up at this moment, for others or at its end.
        let isGivingUp: () -> Bool
        /// Whether memory for what strangers send may be used up.
        let isMemoryShort: () -> Bool
        let problem: (String) -> Void
    }

    /// A read ahead of what an answer needs.
    static let aheadBytes = 64 << 10

    let surroundings: Surroundings
    /// What the client is going to send, in this order.
    var requests: [ClientRequest]
    let openedAt: NIODeadline
    private(set) var readBytes = 0
    private(set) var begun = 0
    private(set) var completed = 0
    private(set) var lastCompleted: NIODeadline
    private(set) var writableSince: NIODeadline
    private(set) var inputEndedAt: NIODeadline?
    private(set) var isClosed = false
    private(set) var isUpgraded = false
    /// The last complete answer ends the connection.
    private(set) var hasClosingAnswer = false
    /// Where each complete answer ends among all bytes that were written.
    private(set) var answerEnds: [Int] = []
    private(set) var statuses: [Int: Int] = [:]
    private var writtenBytes = 0
    private var answerStatus = 0
    private var bytesWhileFull = 0
    private var tap = AnswerTap()
    /// The engine's body that is on its way.
    private var expected: ByteBuffer?
    private var expectedOffset = 0
    private var nextRead = 0

    init(_ requests: [ClientRequest], _ surroundings: Surroundings) {
        self.requests = requests
        self.surroundings = surroundings
        self.openedAt = surroundings.now()
        self.lastCompleted = self.openedAt
        self.writableSince = self.openedAt
    }

    private var now: NIODeadline { self.surroundings.now() }
    /// The request whose answer comes next or is under way.
    var current: ClientRequest? { self.completed < self.requests.count ? self.requests[self.completed] : nil }
    /// Whether an answer has begun and is not complete.
    var isAnswering: Bool { self.begun > self.completed }

    func problem(_ text: String) {
        let request = self.current.map { "\($0)" } ?? "no request"
        self.surroundings.problem(
            "\(text) [\(request) is next of \(self.requests.count), \(self.readBytes) bytes read]"
        )
    }

    // MARK: From the client

    func read(_ count: Int, isWritable: Bool) {
        if !isWritable { self.readWhileFull(count) }
        self.readBytes += count
        while self.nextRead < self.requests.count {
            let index = self.nextRead
            if self.requests[index].startSeen == nil, self.requests[index].start < self.readBytes {
                self.requests[index].startSeen = self.now
            }
            if self.requests[index].headSeen == nil, self.requests[index].headEnd <= self.readBytes {
                self.requests[index].headSeen = self.now
            }
            guard self.requests[index].end <= self.readBytes else { return }
            self.requests[index].endSeen = self.now
            self.nextRead += 1
        }
    }

    /// While the client takes nothing, one read ahead is made, and the rest of a body up to a bound is skipped. What the
    /// engine takes is another matter: a body may go on while its answer waits.
    private func readWhileFull(_ count: Int) {
        self.bytesWhileFull += count
        guard !self.isUpgraded, !(self.isAnswering && self.current?.hasBody == true) else { return }
        let limit = Self.aheadBytes + (self.requests.contains { $0.hasBody } ? RequestProgress.skippedBytes : 0)
        if self.bytesWhileFull > limit {
            self.problem("\(self.bytesWhileFull) bytes are read of a client that does not read")
        }
    }

    func becameWritable() {
        self.writableSince = self.now
        self.bytesWhileFull = 0
    }

    func inputEnded() {
        self.inputEndedAt = self.now
    }

    // MARK: To the client

    func wrote(_ bytes: ByteBuffer, isWritable: Bool) {
        self.writtenBytes += bytes.readableBytes
        self.tap.wrote(bytes, isHead: { self.current?.isHead ?? false }) { event in
            switch event {
            case .began(let head): self.began(head, isWritable: isWritable)
            case .body(let bytes): self.compare(bytes)
            case .ended: self.ended()
            case .malformed(let text): self.problem(text)
            }
        }
    }

    private func began(_ head: AnswerTap.Head, isWritable: Bool) {
        self.begun += 1
        self.answerStatus = head.status
        self.statuses[head.status, default: 0] += 1
        if self.hasClosingAnswer { self.problem("an answer with \(head.status) follows the last one") }
        self.hasClosingAnswer = head.closes
        if !isWritable { self.problem("an answer with \(head.status) begins while the client does not read") }
        guard let request = self.current, request.startSeen != nil else {
            return self.problem("an answer with \(head.status) was not asked for")
        }
        // What is wrong with half a head, or the memory that it takes, is answered at once.
        if request.headSeen == nil, head.status < 400 { self.problem("\(head.status) is said to half a head") }
        let plan = self.surroundings.plan(request.key)
        let isDerived = self.surroundings.isDerived
        if let problem = request.problem(status: head.status, key: head.key, plan: plan, isDerived: isDerived) {
            self.problem(problem)
        }
        self.isUpgraded = head.status == 101
        self.expected = head.key == nil ? nil : self.isUpgraded ? plan.pattern.bytes(0, plan.size) : plan.plainBody()
        self.expectedOffset = 0
    }

    private func compare(_ bytes: ByteBuffer) {
        guard let expected = self.expected else { return }
        let part = expected.getSlice(at: expected.readerIndex + self.expectedOffset, length: bytes.readableBytes)
        self.expectedOffset += bytes.readableBytes
        if part != bytes { self.problem("the bytes before \(self.expectedOffset) of an answer are not the engine's") }
    }

    private func ended() {
        self.completed += 1
        self.lastCompleted = self.now
        self.answerEnds.append(self.writtenBytes)
        if let expected = self.expected, !self.requests[self.completed - 1].isHead, self.answerStatus != 304,
            self.expectedOffset < expected.readableBytes
        {
            self.problem(
                "an answer ends after \(self.expectedOffset) of \(expected.readableBytes) bytes of the engine's"
            )
        }
    }

    func outputCloses() {
        guard self.tap.endsWithConnection || self.isUpgraded else { return }
        self.isUpgraded = false
        self.completed += 1
        self.lastCompleted = self.now
        self.hasClosingAnswer = true
    }

    // MARK: The end

    func closed(_ end: ClientTransport.End, isWritable: Bool) {
        self.isClosed = true
        guard end == .closed, self.inputEndedAt == nil, !self.hasClosingAnswer, isWritable, !self.isUpgraded,
            !self.surroundings.isGivingUp(), !self.surroundings.isMemoryShort(), let request = self.current
        else { return }
        if self.isAnswering {
            let plan = self.surroundings.plan(request.key)
            let isCut = request.isForEngine && (!plan.isComplete || self.surroundings.isDisturbed(self.openedAt))
            if !isCut, !request.isBroken { self.problem("an answer ends in its middle") }
        } else if let since = request.endSeen, !request.isBroken, !self.isCheckedLate(request, since) {
            self.problem("a request is not answered")
        }
    }

    /// A verdict that comes too late ends the connection.
    private func isCheckedLate(_ request: ClientRequest, _ since: NIODeadline) -> Bool {
        guard self.surroundings.isDerived, !request.isPublic, !request.isSigned else { return false }
        return self.now >= max(since, self.lastCompleted) + .seconds(30)
    }
}
