/// How the controller broke the WebSocket protocol; the connection cannot be read any further.
///
/// Close with `closeCode`, log `description`.
enum WebSocketViolation: Error, Equatable {
    case reservedBits
    case maskedFrame
    case unknownOpcode(UInt8)
    case impossibleLength
    case longControlFrame
    case fragmentedControlFrame
    case strayContinuation
    case interruptedMessage
    case tooManyFragments
    case halfCloseCode

    /// The close code of RFC 6455, section 7.4.1: 1008 for a limit of ours, 1002 for everything else.
    var closeCode: UInt16 {
        switch self {
        case .tooManyFragments: 1008
        case .reservedBits, .maskedFrame, .unknownOpcode, .impossibleLength, .longControlFrame,
            .fragmentedControlFrame, .strayContinuation, .interruptedMessage, .halfCloseCode:
            1002
        }
    }
}

extension WebSocketViolation: CustomStringConvertible {
    var description: String {
        switch self {
        case .reservedBits: "frame has reserved bits set, but no extension was agreed on"
        case .maskedFrame: "frame is masked; only the client may mask"
        case .unknownOpcode(let opcode): "frame has the unknown opcode \(opcode)"
        case .impossibleLength: "frame announces a length of 2^63 bytes or more"
        case .longControlFrame: "control frame is longer than 125 bytes"
        case .fragmentedControlFrame: "control frame is fragmented"
        case .strayContinuation: "continuation frame without a message to continue"
        case .interruptedMessage: "new message begins inside a fragmented one"
        case .tooManyFragments: "message has more than \(WebSocketReader.maximumFragments) fragments"
        case .halfCloseCode: "close frame carries one byte, a close code has two"
        }
    }
}
