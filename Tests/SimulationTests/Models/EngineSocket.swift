import NIOCore

/// One connection of the engine's model: reads requests, writes answers at the pace of their plans.
final class EngineSocket {
    enum Framing {
        case raw
        case chunked
    }

    let far: FarEnd
    private unowned let engine: EngineModel
    private var received = ByteBuffer()
    /// A request is being answered.
    private(set) var isBusy = false
    /// Gets the bytes after a switch of protocols.
    var whenInput: ((ByteBuffer) -> Void)?
    var whenEnded: () -> Void = {}

    init(_ far: FarEnd, engine: EngineModel) {
        self.far = far
        self.engine = engine
        far.received = { [unowned self] in self.receive($0) }
        far.ended = { [unowned self] in self.end() }
    }

    private func end() {
        self.engine.closed(self)
        self.whenEnded()
    }

    private func receive(_ bytes: ByteBuffer) {
        if let whenInput = self.whenInput { return whenInput(bytes) }
        self.received.writeImmutableBuffer(bytes)
        self.serveNext()
    }

    private func serveNext() {
        guard !self.isBusy, let request = EngineRequest.take(from: &self.received) else { return }
        self.isBusy = true
        self.engine.serve(request, on: self)
    }

    // MARK: Answers

    /// Writes a head; a body follows, or `done`.
    func head(_ status: Int, _ lines: String...) {
        let text = (["HTTP/1.1 \(status) x"] + lines + ["", ""]).joined(separator: "\r\n")
        self.far.write(ByteBuffer(string: text))
    }

    func respond(_ status: Int, _ body: String = "") {
        self.head(status, "Content-Length: \(body.utf8.count)")
        self.far.write(ByteBuffer(string: body))
        self.done()
    }

    /// The engine ends the connection.
    func finish() {
        self.engine.closed(self)
        self.far.finish()
    }

    /// The answer is complete; the connection takes the next request.
    func done() {
        self.isBusy = false
        self.serveNext()
    }

    /// Writes what `next` gives, a piece at a time, as fast as `gap` and the reader allow; then calls `end`.
    func write(
        _ framing: Framing,
        gap: TimeAmount,
        _ next: @escaping () -> ByteBuffer?,
        then end: @escaping () -> Void
    ) {
        guard !self.far.isOver else { return }
        self.engine.whenAwake { [weak self] in
            guard let self, !self.far.isOver else { return }
            guard let piece = next() else { return end() }
            if framing == .chunked {
                var chunk = ByteBuffer(string: String(piece.readableBytes, radix: 16) + "\r\n")
                chunk.writeImmutableBuffer(piece)
                chunk.writeString("\r\n")
                self.far.write(chunk)
            } else {
                self.far.write(piece)
            }
            let goOn = { [weak self] in
                guard let self else { return }
                self.far.drained = {}
                self.engine.loop.after(gap) { [weak self] in self?.write(framing, gap: gap, next, then: end) }
            }
            if self.far.waitingBytes == 0 { goOn() } else { self.far.drained = goOn }
        }
    }
}

/// What the engine is asked.
struct EngineRequest {
    var method: String
    /// Without the API version.
    var path: String
    var query: String
    var isUpgrade: Bool
    var body: ByteBuffer

    static func take(from bytes: inout ByteBuffer) -> EngineRequest? {
        let view = bytes.readableBytesView
        guard let end = view.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let head = String(decoding: view[..<end.lowerBound], as: UTF8.self)
        let lines = head.split(separator: "\r\n")
        let words = lines[0].split(separator: " ")
        let length = lines.first { $0.hasPrefix("Content-Length: ") }.flatMap { Int($0.dropFirst(16)) } ?? 0
        let headBytes = end.upperBound - view.startIndex
        guard bytes.readableBytes >= headBytes + length else { return nil }
        bytes.moveReaderIndex(forwardBy: headBytes)
        let body = bytes.readSlice(length: length)!
        var target = words[1].split(separator: "?", maxSplits: 1)
        if target[0].hasPrefix("/v1.") { target[0] = target[0].dropFirst().drop { $0 != "/" } }
        return EngineRequest(
            method: String(words[0]),
            path: String(target[0]),
            query: target.count > 1 ? String(target[1]) : "",
            isUpgrade: lines.contains { $0.hasPrefix("Upgrade: ") },
            body: body
        )
    }
}
