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
    /// A message whose headers announce this many bytes, which are more than are even skipped.
    case hugeMessage(Int)

    /// The close code of RFC 6455, section 7.4.1: 1009 for a message that is too big, 1008 for another limit of ours,
    /// 1002 for everything else.
    var closeCode: UInt16 {
        switch self {
        case .tooManyFragments: 1008
        case .hugeMessage: 1009
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
        case .hugeMessage(let length): "message announces \(length) bytes"
        case .halfCloseCode: "close frame carries one byte, a close code has two"
        }
    }
}
