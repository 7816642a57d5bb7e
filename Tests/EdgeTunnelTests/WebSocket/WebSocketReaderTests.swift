import NIOCore
import Support
import Testing

@testable import EdgeTunnel

@Suite struct WebSocketReaderTests {
    typealias Event = WebSocketReader.Event

    /// Every kind of event, with pings between fragments and a message above the limit of 200 bytes in the middle.
    static let transcript: [UInt8] =
        frame(0x81, "{\"type\":\"welcome\"}")
        + frame(0x82, [0xFF, 0x00])
        + frame(0x81, "")
        + frame(0x01, "one ") + frame(0x89, "between") + frame(0x00, "two ") + frame(0x00, "") + frame(0x8A, "")
        + frame(0x80, "three")
        + frame(0x81, [UInt8](repeating: 0x61, count: 200))
        + frame(0x81, [UInt8](repeating: 0x62, count: 201))
        + frame(0x02, [UInt8](repeating: 0x63, count: 150)) + frame(0x89, "") + frame(0x80, [0x64] * 51)
        + frame(0x01, "") + frame(0x80, "late")
        + frame(0x88, [0x03, 0xE9] + Array("ping timeout".utf8))
        + frame(0x81, "nobody reads this")

    static let events: [Event] = [
        .message(ByteBuffer(string: "{\"type\":\"welcome\"}")),
        .message(ByteBuffer(bytes: [0xFF, 0x00])),
        .message(ByteBuffer()),
        .ping(ByteBuffer(string: "between")),
        .pong(ByteBuffer()),
        .message(ByteBuffer(string: "one two three")),
        .message(ByteBuffer(bytes: [0x61] * 200)),
        .oversized(prefix: ByteBuffer(bytes: [0x62] * 201), length: 201),
        .ping(ByteBuffer()),
        .oversized(prefix: ByteBuffer(bytes: [0x63] * 150 + [0x64] * 51), length: 201),
        .message(ByteBuffer(string: "late")),
        .close(code: 1001, reason: "ping timeout"),
    ]

    @Test func aWholeTranscriptGivesItsEvents() throws {
        #expect(try read([Self.transcript]) == Self.events)
    }

    @Test func everyCutInTwoGivesTheSameEvents() throws {
        for cut in 0...Self.transcript.count {
            let pieces = [Array(Self.transcript[..<cut]), Array(Self.transcript[cut...])]
            #expect(try read(pieces) == Self.events, "cut at \(cut)")
            #expect(try read(pieces, drainBetween: false) == Self.events, "cut at \(cut), appended twice")
        }
    }

    @Test(arguments: 1..<12)
    func smallPiecesGiveTheSameEvents(size: Int) throws {
        let pieces = stride(from: 0, to: Self.transcript.count, by: size).map {
            Array(Self.transcript[$0..<min($0 + size, Self.transcript.count)])
        }
        #expect(try read(pieces) == Self.events)
    }

    @Test(arguments: [0, 1, 125, 126, 127, 65_535, 65_536, 100_000])
    func everyLengthFormIsRead(length: Int) throws {
        var random = SplitMix(seed: UInt64(length))
        let payload = random.bytes(length)
        #expect(try read([frame(0x82, payload)], limit: 100_000) == [.message(ByteBuffer(bytes: payload))])
    }

    @Test func aLengthInALongerFormThanNeededIsRead() throws {
        #expect(try read([[0x81, 126, 0, 1, 0x41]]) == [.message(ByteBuffer(string: "A"))])
        #expect(try read([[0x81, 127, 0, 0, 0, 0, 0, 0, 0, 1, 0x41]]) == [.message(ByteBuffer(string: "A"))])
    }

    @Test func aWholeMessageIsAViewOfTheBytesThatArrived() throws {
        let bytes = ByteBuffer(bytes: frame(0x81, "no copy") + frame(0x81, "second"))
        let before = bytes.withUnsafeReadableBytes { $0.baseAddress! }
        var reader = WebSocketReader(maximumMessageBytes: 200)
        reader.append(bytes)
        guard case .message(let message) = try reader.next() else {
            Issue.record("expected a message")
            return
        }
        #expect(message.withUnsafeReadableBytes { $0.baseAddress! } == before + 2)
    }

    @Test(arguments: [4095, 4096, 4097, 70_000])
    func onlyThePrefixOfAnOversizedMessageIsKept(length: Int) throws {
        let payload = (0..<length).map { UInt8(truncatingIfNeeded: $0 / 7) }
        let prefix = ByteBuffer(bytes: payload.prefix(4096))
        let expected = [Event.oversized(prefix: prefix, length: length), .pong(ByteBuffer())]
        let whole = frame(0x81, payload) + frame(0x8A, "")
        #expect(try read([whole], limit: 4000) == expected)
        #expect(try read([Array(whole[..<4050]), Array(whole[4050...])], limit: 4000) == expected)
        let half = length / 2
        let parts = frame(0x01, Array(payload[..<half])) + frame(0x80, Array(payload[half...])) + frame(0x8A, "")
        #expect(try read([parts], limit: 4000) == expected)
        #expect(try read(parts.map { [$0] }, limit: 4000) == expected)
    }

    @Test func aFragmentedMessageThatGrowsTooLargeKeepsOnlyItsPrefix() throws {
        let parts = frame(0x01, [1] * 5000) + frame(0x00, [2] * 5000) + frame(0x80, [3])
        let expected = Event.oversized(prefix: ByteBuffer(bytes: [1] * 4096), length: 10_001)
        #expect(try read([parts], limit: 6000) == [expected])
    }

    @Test func theAnnouncedLengthIsNotBelieved() throws {
        var reader = WebSocketReader(maximumMessageBytes: .max)
        reader.append(ByteBuffer(bytes: [0x82, 127, 0x7F] + [0xFF] * 7 + [1, 2, 3]))
        #expect(try reader.next() == nil)
    }

    @Test func lengthsThatAddUpToTooMuchAreCountedAsOversized() throws {
        let huge: [UInt8] = [127, 0x7F] + [0xFF] * 7
        var reader = WebSocketReader(maximumMessageBytes: 10)
        reader.append(ByteBuffer(bytes: frame(0x01, "abcde") + [0x80] + huge))
        #expect(try reader.next() == nil)
    }

    @Test(arguments: [65, 1 << 40])
    func aMessageAboveWhatIsSkippedBreaksTheRules(length: Int) throws {
        var reader = WebSocketReader(limits: .init(messageBytes: 16, skippedBytes: 64))
        var bytes = ByteBuffer(bytes: [0x81, 127])
        bytes.writeInteger(UInt64(length))
        reader.append(bytes)
        #expect(throws: WebSocketViolation.hugeMessage(length)) { try reader.next() }
        #expect(WebSocketViolation.hugeMessage(length).closeCode == 1009)
    }

    @Test func fragmentsThatAddUpToMoreThanIsSkippedBreakTheRules() throws {
        var reader = WebSocketReader(limits: .init(messageBytes: 16, skippedBytes: 64))
        reader.append(ByteBuffer(bytes: frame(0x01, [1] * 40) + frame(0x00, [2] * 24) + [0x80, 1]))
        #expect(throws: WebSocketViolation.hugeMessage(65)) { try reader.next() }
    }

    @Test func aRefusedMessageKeepsItsPrefixOnlyAndTheNextOneIsRead() throws {
        var reader = WebSocketReader(maximumMessageBytes: 1 << 20)
        let payload = (0..<20_000).map { UInt8(truncatingIfNeeded: $0) }
        let whole = frame(0x81, payload)
        reader.append(ByteBuffer(bytes: whole[..<10_000]))
        #expect(try reader.next() == nil)
        #expect(reader.announcedBytes == 20_000)
        reader.refuseMessage()
        #expect(reader.heldBytes == WebSocketReader.oversizedPrefixBytes)
        reader.append(ByteBuffer(bytes: whole[10_000...] + frame(0x81, "next")))
        let prefix = ByteBuffer(bytes: payload.prefix(WebSocketReader.oversizedPrefixBytes))
        #expect(try reader.next() == .refused(prefix: prefix, length: 20_000))
        #expect(try reader.next() == .message(ByteBuffer(string: "next")))
        #expect(reader.announcedBytes == nil)
    }

    @Test func asManyFragmentsAsTheControllerAcceptsAreRead() throws {
        let middle = Array(repeatElement(frame(0x00, "x"), count: WebSocketReader.maximumFragments - 2).joined())
        let message = try read([frame(0x01, "x") + middle + frame(0x80, "x")], limit: 1 << 20)
        #expect(message == [.message(ByteBuffer(repeating: 0x78, count: 131_072))])
        #expect(throws: WebSocketViolation.tooManyFragments) {
            try read([frame(0x01, "x") + middle + frame(0x00, "x") + frame(0x80, "x")], limit: 1 << 20)
        }
    }

    @Test(
        arguments: [
            ([], nil, ""),
            ([0x03, 0xE8], 1000, ""),
            ([0x03, 0xF0, 0x62, 0x79, 0x65], 1008, "bye"),
            ([0x03, 0xE8, 0xC3], 1000, "\u{FFFD}"),
        ] as [([UInt8], UInt16?, String)]
    )
    func aCloseFrameMayCarryACodeAndAReason(payload: [UInt8], code: UInt16?, reason: String) throws {
        #expect(try read([frame(0x88, payload)]) == [.close(code: code, reason: reason)])
    }

    @Test(
        arguments: [
            (frame(0xC1, "x"), .reservedBits),
            (frame(0xA1, "x"), .reservedBits),
            (frame(0x91, "x"), .reservedBits),
            ([0x81, 0x81, 1, 2, 3, 4, 0x41], .maskedFrame),
            (frame(0x83, "x"), .unknownOpcode(3)),
            (frame(0x8B, ""), .unknownOpcode(11)),
            (frame(0x89, [0] * 126), .longControlFrame),
            (frame(0x09, ""), .fragmentedControlFrame),
            (frame(0x08, ""), .fragmentedControlFrame),
            (frame(0x80, "x"), .strayContinuation),
            (frame(0x01, "x") + frame(0x80, "y") + frame(0x80, "z"), .strayContinuation),
            (frame(0x01, "x") + frame(0x81, "y"), .interruptedMessage),
            (frame(0x88, [3]), .halfCloseCode),
            ([0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 0], .impossibleLength),
        ] as [([UInt8], WebSocketViolation)]
    )
    func aBrokenRuleIsNamedAndStaysBroken(bytes: [UInt8], violation: WebSocketViolation) {
        for pieces in [[bytes], bytes.map { [$0] }] {
            var reader = WebSocketReader(maximumMessageBytes: 200)
            #expect(throws: violation) { try drain(&reader, pieces) }
            reader.append(ByteBuffer(bytes: frame(0x81, "later")))
            #expect(throws: violation) { try reader.next() }
        }
        #expect(violation.closeCode == 1002)
        #expect(!violation.description.isEmpty)
    }

    @Test func whatCameBeforeABrokenRuleIsDelivered() throws {
        var reader = WebSocketReader(maximumMessageBytes: 200)
        reader.append(ByteBuffer(bytes: frame(0x81, "fine") + frame(0xF1, "not")))
        #expect(try reader.next() == .message(ByteBuffer(string: "fine")))
        #expect(throws: WebSocketViolation.reservedBits) { try reader.next() }
    }

    @Test(arguments: [21, 22, 23, 24] as [UInt64])
    func randomConversationsSurviveRandomCuts(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        var wire: [UInt8] = []
        var expected: [Event] = []
        for _ in 0..<40 {
            let payload = random.bytes(Int.random(in: 0...300, using: &random))
            var parts = payload[...]
            var first: UInt8 = 0x02
            while Bool.random(using: &random) {
                let part = parts.prefix(Int.random(in: 0...parts.count, using: &random))
                wire += frame(first, Array(part))
                parts = parts.dropFirst(part.count)
                first = 0x00
                if Bool.random(using: &random) {
                    wire += frame(0x89, [UInt8(part.count % 256)])
                    expected.append(.ping(ByteBuffer(bytes: [UInt8(part.count % 256)])))
                }
            }
            wire += frame(0x80 | first, Array(parts))
            let bytes = ByteBuffer(bytes: payload)
            expected.append(payload.count > 200 ? .oversized(prefix: bytes, length: payload.count) : .message(bytes))
        }
        var pieces: [[UInt8]] = []
        while !wire.isEmpty {
            let count = min(wire.count, Int.random(in: 1...90, using: &random))
            pieces.append(Array(wire.prefix(count)))
            wire.removeFirst(count)
        }
        #expect(try read(pieces) == expected, "seed \(seed)")
    }

    private func read(_ pieces: [[UInt8]], limit: Int = 200, drainBetween: Bool = true) throws -> [Event] {
        var reader = WebSocketReader(maximumMessageBytes: limit)
        if drainBetween { return try drain(&reader, pieces) }
        for piece in pieces {
            reader.append(ByteBuffer(bytes: piece))
        }
        return try drain(&reader, [[]])
    }

    @discardableResult
    private func drain(_ reader: inout WebSocketReader, _ pieces: [[UInt8]]) throws -> [Event] {
        var events: [Event] = []
        for piece in pieces {
            reader.append(ByteBuffer(bytes: piece))
            while let event = try reader.next() {
                events.append(event)
            }
        }
        return events
    }
}

extension WebSocketReader {
    /// One that skips messages of any length.
    fileprivate init(maximumMessageBytes: Int) {
        self.init(limits: Limits(messageBytes: maximumMessageBytes, skippedBytes: .max))
    }
}

/// A server frame in its shortest form; `start` is the first byte: final bit, reserved bits, opcode.
private func frame(_ start: UInt8, _ payload: [UInt8]) -> [UInt8] {
    let length: [UInt8] =
        switch payload.count {
        case ...125: [UInt8(payload.count)]
        case ...0xFFFF: [126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        default: [127] + (0..<8).map { UInt8(truncatingIfNeeded: payload.count >> (56 - 8 * $0)) }
        }
    return [start] + length + payload
}

private func frame(_ start: UInt8, _ payload: String) -> [UInt8] {
    frame(start, Array(payload.utf8))
}

private func * (bytes: [UInt8], count: Int) -> [UInt8] {
    Array(repeatElement(bytes, count: count).joined())
}
