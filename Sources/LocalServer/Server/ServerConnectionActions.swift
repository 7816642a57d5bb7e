import NIOCore

/// The types that a `ServerConnectionMachine` hands around without looking into them.
protocol ServerConnectionPayloads {
    /// A small answer of the connection's own.
    associatedtype Reply
    /// Gathers a body.
    associatedtype Body
    /// One of the agent's own routes at work.
    associatedtype Answer
    associatedtype Exchange: ProxiedExchange
}

/// A request that the engine has.
protocol ProxiedExchange {
    /// Whether the engine takes bytes now.
    var takesInput: Bool { get }
    /// Whether the head of the answer was sent to the client.
    var hasBegun: Bool { get }
    var wantsUpgrade: Bool { get }
}

/// What becomes of a request: said for its head, again when a token is verified, and again when its body is complete.
enum ServerConnectionDecision<Payloads: ServerConnectionPayloads> {
    enum Duration: Equatable {
        /// It has to begin within `ServerConnectionTimes.answer`.
        case limited
        /// It has a limit of its own.
        case limitsItself
    }

    case say(Payloads.Reply)
    /// A token is verified elsewhere, for the request of this number.
    case check(request: Int)
    case gather(Payloads.Body, BodyPace.Rule)
    case answer(Payloads.Answer, Duration)
    case proxy(Payloads.Exchange)
}

/// How long a connection may stay in a state.
struct ServerConnectionTimes: Equatable {
    /// From the connection, or the first byte of a later request, to the complete head.
    var head: TimeAmount
    /// Between an answer and the next request.
    var idle: TimeAmount
    /// For the verification of a token: up to 2 s in the queue, and the longest derivation that a hash may ask for.
    var check = TimeAmount.seconds(30)
    /// For the engine to ask for a body that was announced with `Expect`; then the client is told to send it, because what
    /// stands between agent and engine may have dropped the field. By themselves most clients wait 1 s.
    var continuation = TimeAmount.seconds(3)
    /// From the complete request to the first byte of one of the agent's own answers.
    var answer: TimeAmount
    /// For the client to take what was written: 64 KiB at most, so a client as slow as 1 KiB/s passes.
    var output = TimeAmount.seconds(60)
    /// For the rest of a body that is skipped.
    var skip = TimeAmount.seconds(10)
    /// Between the end of our output and the client's.
    var linger: TimeAmount
}

/// How far a request has arrived.
struct RequestProgress: Equatable {
    enum Rest: Equatable {
        case none
        case bytes(Int)
        /// Chunks, the last of which has not arrived.
        case unknown
    }

    /// The body of a request that was answered before it arrived is skipped up to this size, so that a small one does not
    /// cost the connection. The operations listener takes as much.
    static let skippedBytes = 64 * 1024

    let shape: RequestShape
    private(set) var rest: Rest
    /// The reader has said so.
    private(set) var hasEnded = false
    /// Whether the client waits to be told that its body is wanted.
    private(set) var owesContinue: Bool
    /// When it is told so unless the engine has, or has answered.
    private var continueAt: NIODeadline?

    /// Where the next request would begin is not known.
    static let unreadable = Self(RequestShape(body: .chunked, keepsAlive: false, expectsContinue: false))

    init(_ shape: RequestShape) {
        self.shape = shape
        self.rest =
            switch shape.body {
            case .none, .sized(0): .none
            case .sized(let count): .bytes(count)
            case .chunked: .unknown
            }
        self.owesContinue = shape.expectsContinue && self.rest != .none
    }

    /// Whether the connection ends with the answer if that is given now. Says the same however TCP cuts the request.
    var closes: Bool {
        guard self.shape.keepsAlive else { return true }
        switch self.rest {
        case .none: return false
        // A client that was not told to continue may send the body or the next request.
        case .bytes(let count): return self.owesContinue || count > Self.skippedBytes
        case .unknown: return true
        }
    }

    mutating func takeContinue() -> Bool {
        defer { self.owesContinue = false }
        return self.owesContinue
    }

    /// The engine has the request from `now` on.
    mutating func leaveContinueToEngine(until moment: NIODeadline) {
        self.continueAt = moment
    }

    var continueDeadline: NIODeadline? { self.owesContinue ? self.continueAt : nil }

    mutating func received(_ count: Int) {
        // The client sends its body, told or not.
        self.owesContinue = false
        guard case .bytes(let rest) = self.rest else { return }
        self.rest = rest > count ? .bytes(rest - count) : .none
    }

    mutating func ended() {
        self.rest = .none
        self.hasEnded = true
        self.owesContinue = false
    }
}

/// What to do about each event of a `ServerConnectionMachine`.
enum ServerConnectionActions {
    enum Received: Equatable { case take, drop }

    enum Decided<Payloads: ServerConnectionPayloads> {
        case none
        /// Write the reply, then call `finished`.
        case say(Payloads.Reply, closes: Bool)
        case answer(Payloads.Answer)
        case proxy(Payloads.Exchange)
    }

    enum BodyPiece<Payloads: ServerConnectionPayloads> {
        case skip
        case gather(Payloads.Body)
        case pass(Payloads.Exchange)
        case input(Payloads.Exchange)
    }

    enum BodyEnd<Payloads: ServerConnectionPayloads> {
        case none
        /// Decide, then call `decided`.
        case gathered(Payloads.Body)
        case end(Payloads.Exchange)
        /// Call `proceed`.
        case skipped
    }

    enum Fault<Payloads: ServerConnectionPayloads> {
        /// Say what is wrong: call `decided` with a reply.
        case reply
        /// The same, in place of the engine's answer.
        case replace(Payloads.Exchange)
        case close
    }

    enum Finished: Equatable {
        case none
        /// The next request may begin.
        case next
        /// Wait for the client to take the answer, or skip the rest of its request.
        case drain
        /// Close the output once all is written, then call `outputClosed`.
        case closeOutput
    }

    enum Proceed<Payloads: ServerConnectionPayloads> {
        case none
        case next
        /// As after `finished`.
        case closeOutput
        case resumeAnswer(Payloads.Answer)
        case resumeExchange(Payloads.Exchange)
    }

    enum OutputClosed: Equatable { case none, linger, close }

    enum InputEnded: Equatable {
        case close
        /// Pass on what is left, then the end.
        case process
        case wait
    }

    enum Expired<Payloads: ServerConnectionPayloads> {
        case none
        case close
        /// Tell the client that its body is wanted.
        case sendContinue
        /// Call `decided` with a reply.
        case refuseSlowBody
        /// Abandon it and call `decided` with a reply.
        case refuseSlowAnswer(Payloads.Answer)
    }

    enum Stop<Payloads: ServerConnectionPayloads> {
        case none
        case close
        case endExchange(Payloads.Exchange)
        case endAnswer(Payloads.Answer)
    }

    enum Closed<Payloads: ServerConnectionPayloads> {
        case alreadyClosed
        case none
        case abandonAnswer(Payloads.Answer)
        case abandonExchange(Payloads.Exchange)
    }
}

extension ServerConnectionActions.Decided: Equatable
where Payloads.Reply: Equatable, Payloads.Answer: Equatable, Payloads.Exchange: Equatable {}
extension ServerConnectionActions.BodyPiece: Equatable where Payloads.Body: Equatable, Payloads.Exchange: Equatable {}
extension ServerConnectionActions.BodyEnd: Equatable where Payloads.Body: Equatable, Payloads.Exchange: Equatable {}
extension ServerConnectionActions.Fault: Equatable where Payloads.Exchange: Equatable {}
extension ServerConnectionActions.Proceed: Equatable where Payloads.Answer: Equatable, Payloads.Exchange: Equatable {}
extension ServerConnectionActions.Expired: Equatable where Payloads.Answer: Equatable {}
extension ServerConnectionActions.Stop: Equatable where Payloads.Answer: Equatable, Payloads.Exchange: Equatable {}
extension ServerConnectionActions.Closed: Equatable where Payloads.Answer: Equatable, Payloads.Exchange: Equatable {}
