import NIOCore

/// One connection of the engine behind the listener.
final class BackendSocket {
    let far: FarEnd
    private let loop: SimulatedLoop
    private let plan: (Int) -> AnswerPlan
    private let problem: (String) -> Void
    private var unread = ByteBuffer()
    private var request: Request?
    /// Of the answer to a request whose body is still arriving, or that is being answered.
    private var isAnswering = false
    private var isUpgraded = false
    private var uploadedBytes = 0

    private struct Request {
        let key: Int
        let isHead: Bool
        let isUpgrade: Bool
        let isChunked: Bool
        /// Bytes of the body, or of the chunk, that have not arrived.
        var rest: Int
        var isComplete: Bool
    }

    init(_ far: FarEnd, loop: SimulatedLoop, plan: @escaping (Int) -> AnswerPlan, problem: @escaping (String) -> Void) {
        (self.far, self.loop, self.plan, self.problem) = (far, loop, plan, problem)
        far.received = { [unowned self] in self.received($0) }
    }

    // MARK: Requests

    private func received(_ bytes: ByteBuffer) {
        self.unread.writeImmutableBuffer(bytes)
        while self.readOn() {}
        if self.unread.readableBytes == 0 { self.unread.clear() }
    }

    private func readOn() -> Bool {
        if self.isUpgraded { return self.readBody(upTo: .max) }
        guard var request = self.request else { return self.readHead() }
        guard !request.isComplete else { return false }
        if request.rest > 0 {
            let before = self.unread.readableBytes
            guard self.readBody(upTo: request.rest) else { return false }
            request.rest -= before - self.unread.readableBytes
            self.request = request
            if request.rest == 0, !request.isChunked { self.complete() }
            return true
        }
        guard let line = self.takeLine() else { return false }
        // The end of a chunk.
        if line.isEmpty { return true }
        guard let size = Int(line, radix: 16) else {
            self.problem("the engine was sent a chunk of the size '\(line.prefix(20))'")
            return false
        }
        self.request?.rest = size
        if size == 0 {
            _ = self.takeLine()
            self.complete()
        }
        return true
    }

    private func readHead() -> Bool {
        let view = self.unread.readableBytesView
        guard let end = view.firstRange(of: Array("\r\n\r\n".utf8)) else { return false }
        let lines = String(decoding: view[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        self.unread.moveReaderIndex(to: end.upperBound)
        let words = lines[0].split(separator: " ")
        guard words.count == 3, let key = words[1].split(separator: "=").last.flatMap({ Int($0) }) else {
            self.problem("the engine was asked for '\(lines[0])'")
            return false
        }
        for line in lines where line.lowercased().hasPrefix("authorization") || line.hasPrefix("X-Lookout-") {
            self.problem("the engine was told '\(line)'")
        }
        let length = lines.first { $0.hasPrefix("Content-Length: ") }.flatMap { Int($0.dropFirst(16)) } ?? 0
        let isChunked = lines.contains { $0.hasPrefix("Transfer-Encoding: ") }
        self.uploadedBytes = 0
        self.request = Request(
            key: key,
            isHead: words[0] == "HEAD",
            isUpgrade: lines.contains { $0.hasPrefix("Upgrade: ") },
            isChunked: isChunked,
            rest: isChunked ? 0 : length,
            isComplete: false
        )
        if !isChunked, length == 0 { self.complete() }
        return true
    }

    private func takeLine() -> String? {
        let view = self.unread.readableBytesView
        guard let end = view.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        defer { self.unread.moveReaderIndex(to: end + 1) }
        return String(decoding: view[..<end].dropLast(), as: UTF8.self)
    }

    /// What a client uploads or types follows from its key, up to what it adds without an end.
    private func readBody(upTo limit: Int) -> Bool {
        let count = min(limit, self.unread.readableBytes)
        guard count > 0, let bytes = self.unread.readSlice(length: count) else { return false }
        let start = self.uploadedBytes
        self.uploadedBytes += count
        guard let request = self.request, !self.isUpgraded else { return true }
        let isSame = bytes.withUnsafeReadableBytes { ClientRequest.upload(request.key).matches($0, from: start) }
        let isFiller = bytes.readableBytesView.last == UInt8(ascii: "f")
        if !isSame, !isFiller { self.problem("the body of request \(request.key) reached the engine changed") }
        return true
    }

    private func complete() {
        guard let request = self.request else { return }
        self.request?.isComplete = true
        let plan = self.plan(request.key)
        self.loop.after(plan.delay) { [weak self] in
            guard let self, !self.far.isOver else { return }
            self.answer(request, plan)
        }
    }

    // MARK: Answers

    private func answer(_ request: Request, _ plan: AnswerPlan) {
        switch plan.fate {
        case .mute: return
        case .hungUp: return self.far.finish()
        case .garbage: return self.far.write(ByteBuffer(string: "SSH-2.0-nobody\r\n\r\n"))
        case .complete, .cut, .silent: break
        }
        if request.isUpgrade { return self.upgrade(request, plan) }
        let body = plan.plainBody()
        let end =
            switch plan.fate {
            case .cut(let after), .silent(let after): min(after, body.readableBytes)
            case .complete, .hungUp, .mute, .garbage: body.readableBytes
            }
        let framing = plan.hasBody ? plan.framing : .length
        var head = "HTTP/1.1 \(plan.status) x\r\nX-Key: \(request.key)\r\n"
        switch framing {
        case .length: head += "Content-Length: \(body.readableBytes)\r\n\r\n"
        case .chunked: head += "Transfer-Encoding: chunked\r\n\r\n"
        case .untilClose: head += "Connection: close\r\n\r\n"
        }
        self.far.write(ByteBuffer(string: head))
        if request.isHead || plan.status == 304 { return self.done(framing) }
        self.write(body, end, plan, isChunked: framing == .chunked) { [weak self] in
            guard let self else { return }
            let isWhole = framing == .length && end == body.readableBytes
            switch plan.fate {
            case _ where isWhole, .complete:
                if framing == .chunked { self.far.write(ByteBuffer(string: "0\r\n\r\n")) }
                self.done(framing)
            case .cut: self.far.finish()
            case .silent, .hungUp, .mute, .garbage: break
            }
        }
    }

    private func done(_ framing: AnswerPlan.Framing) {
        if framing == .untilClose { return self.far.finish() }
        self.request = nil
        while self.readOn() {}
    }

    /// Speaks on a switched connection, and ends it.
    private func upgrade(_ request: Request, _ plan: AnswerPlan) {
        self.isUpgraded = true
        let head = "HTTP/1.1 101 UPGRADED\r\nX-Key: \(request.key)\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
        self.far.write(ByteBuffer(string: head))
        self.write(plan.pattern.bytes(0, plan.size), plan.size, plan, isChunked: false) { [weak self] in
            self?.far.finish()
        }
    }

    private func write(
        _ body: ByteBuffer,
        _ end: Int,
        _ plan: AnswerPlan,
        isChunked: Bool,
        from offset: Int = 0,
        then finish: @escaping () -> Void
    ) {
        guard !self.far.isOver else { return }
        let count = min(plan.pieceBytes, end - offset)
        guard count > 0, let piece = body.getSlice(at: body.readerIndex + offset, length: count) else {
            return finish()
        }
        if isChunked { self.far.write(ByteBuffer(string: String(count, radix: 16) + "\r\n")) }
        self.far.write(piece)
        if isChunked { self.far.write(ByteBuffer(string: "\r\n")) }
        let goOn = { [weak self] in
            guard let self else { return }
            self.far.drained = {}
            self.loop.after(plan.gap) { [weak self] in
                self?.write(body, end, plan, isChunked: isChunked, from: offset + count, then: finish)
            }
        }
        if self.far.waitingBytes == 0 { goOn() } else { self.far.drained = goOn }
    }
}
