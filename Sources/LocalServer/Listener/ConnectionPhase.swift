import DockerBridge

/// What a client connection is at.
enum ConnectionPhase {
    /// Before and in a request head.
    case idle
    /// A token is being verified elsewhere.
    case checking
    case gathering(BodyGatherer)
    /// One of our own routes is at work.
    case answering(AnswerStream)
    case proxying(HTTPResponseSink)
    case upgraded(HTTPResponseSink)
    /// All was said; what still comes is thrown away until the client has seen it and closes.
    case lingering
    case closed

    /// Whether somebody takes the next event of `reader`.
    func takesEvents(of reader: borrowing RequestReader) -> Bool {
        switch self {
        case .idle, .gathering: true
        case .proxying(let sink): !reader.isComplete && sink.exchange?.isInputWritable == true
        case .upgraded(let sink): sink.exchange?.isInputWritable == true
        case .checking, .answering, .lingering, .closed: false
        }
    }

    /// Whether the client is to be read. Where events are not taken yet, one read ahead is made and no more; where they
    /// are, reading goes on whenever the reader needs more, whatever it holds.
    func wantsRead(into reader: borrowing RequestReader) -> Bool {
        switch self {
        case .lingering: true
        case .closed: false
        case .idle, .gathering: true
        case .upgraded(let sink): sink.exchange?.isInputWritable == true
        case .checking, .answering, .proxying: reader.isStarved || reader.bufferedBytes == 0
        }
    }
}
