import NIOCore
import Support

/// What the engine is going to do with one request. It follows from the request's key, so that the controller's model
/// knows what has to come back.
struct AnswerPlan {
    enum Body {
        case object
        case text
        case nothing
        /// Neither JSON nor text: has no form on the wire.
        case binary
    }

    enum Framing {
        case length
        case chunked
        case untilClose
    }

    enum Fate {
        /// The whole answer.
        case complete
        /// The connection ends after this many bytes of the body.
        case cut(after: Int)
        /// Nothing follows after this many bytes of the body, and the connection stays.
        case silent(after: Int)
        /// The connection ends before the answer begins.
        case hungUp
        /// An answer never begins.
        case mute
        /// What comes is no HTTP.
        case garbage
    }

    let pattern: Pattern
    /// Of the second output of a log or a process.
    let errorPattern: Pattern
    let status: Int
    let body: Body
    let framing: Framing
    let fate: Fate
    /// Of the body's pattern.
    let size: Int
    /// To the head.
    let delay: TimeAmount
    let pieceBytes: Int
    let gap: TimeAmount
    /// Only for processes: bytes of input that are read before it ends.
    let input: Int
    let exitCode: Int
    /// Only for a process or a log: one output instead of two.
    let isTTY: Bool
    /// Whether SIGHUP ends the process.
    let heedsHangUp: Bool

    init(key: Int, world: UInt64) {
        var random = SplitMix(seed: world ^ (UInt64(key) &* 0x9E37_79B9_7F4A_7C15))
        self.pattern = Pattern(key: random.next())
        self.errorPattern = Pattern(key: random.next())
        func pick(_ range: ClosedRange<Int>) -> Int { range.lowerBound + Int(random.next() % UInt64(range.count)) }
        let shape = pick(0...99)
        self.body = shape < 60 ? .object : shape < 85 ? .text : shape < 95 ? .nothing : .binary
        self.status = [200, 200, 200, 201, 304, 404, 409, 500][pick(0...7)]
        let scale = pick(0...99)
        let size =
            switch scale {
            case 0..<60: pick(1...400)
            case 60..<92: pick(1...20_000)
            case 92..<99: pick(1...400_000)
            default: pick(1...2_000_000)
            }
        self.size = size
        let kind = pick(0...9)
        let number = pick(0...99)
        let fate: Fate =
            switch number {
            case 0..<88: .complete
            case 88..<91: .cut(after: pick(0...(size - 1)))
            case 91..<94: .silent(after: pick(0...(size - 1)))
            case 94..<96: .hungUp
            case 96..<98: .mute
            default: .garbage
            }
        self.fate = fate
        // Where the end of the connection is the end of the body nobody can tell that it came early.
        var isCut = false
        if case .cut = fate { isCut = true }
        self.framing = kind < 4 || isCut && kind == 9 ? .length : kind < 9 ? .chunked : .untilClose
        self.delay = .microseconds(Int64(pick(0...9) == 0 ? pick(0...8_000_000) : pick(0...40_000)))
        self.pieceBytes = size / 60 + (pick(0...3) == 0 ? pick(1...700) : pick(1000...60_000))
        self.gap = .microseconds(Int64(pick(0...4) == 0 ? pick(0...1_500_000) : pick(0...4000)))
        self.input = pick(0...2) == 0 ? 0 : pick(1...3) == 1 ? pick(1...60_000) : pick(1...300)
        self.exitCode = pick(0...255)
        self.isTTY = pick(0...1) == 0
        self.heedsHangUp = pick(0...2) > 0
    }

    /// Whether the whole answer comes, if nothing else goes wrong.
    var isComplete: Bool { if case .complete = self.fate { true } else { false } }

    var hasBody: Bool { self.status != 304 && self.body != .nothing }

    /// Bytes of the body that a plain answer has.
    var plainBytes: Int { self.hasBody ? self.size + (self.body == .object ? Self.envelope : 0) : 0 }

    /// `{"p":""}`
    static let envelope = 8

    /// How long the engine takes for all of it, if the reader keeps up.
    var duration: TimeAmount { self.delay + self.gap * (self.size / self.pieceBytes + 2) }

    /// Of a stream's bytes, how many the engine sends at all.
    var streamedBytes: Int {
        switch self.fate {
        case .complete: self.size
        case .cut(let after), .silent(let after): after
        case .hungUp, .mute, .garbage: 0
        }
    }

    /// The body of a plain answer.
    func plainBody() -> ByteBuffer {
        guard self.hasBody else { return ByteBuffer() }
        switch self.body {
        case .nothing: return ByteBuffer()
        case .text: return self.pattern.bytes(0, self.size)
        case .binary:
            var bytes = self.pattern.bytes(0, self.size)
            bytes.setInteger(UInt8(0xff), at: bytes.readerIndex)
            return bytes
        case .object:
            var bytes = ByteBuffer(string: #"{"p":""#)
            bytes.writeImmutableBuffer(self.pattern.bytes(0, self.size))
            bytes.writeString(#""}"#)
            return bytes
        }
    }
}

extension AnswerPlan: CustomStringConvertible {
    var description: String {
        "\(self.status) \(self.body) \(self.framing) \(self.fate), \(self.size) bytes by \(self.pieceBytes) every "
            + "\(self.gap.nanoseconds / 1000) us after \(self.delay.nanoseconds / 1000) us"
    }
}
