import NIOCore
import Support
import Testing

@testable import DockerBridge

/// What the engine sends on one connection, and what it means whatever way its bytes are split.
struct Transcript: Sendable, CustomTestStringConvertible {
    let name: String
    let text: String
    var isHead = false
    /// Heads as `[status]`, body as it stands, then how it ends.
    let meaning: String

    var testDescription: String { self.name }

    private static let ok = "HTTP/1.1 200 OK\r\n"
    private static let chunked = ok + "Transfer-Encoding: chunked\r\n\r\n"
    private static let long = String(repeating: "0123456789abcdef", count: 300)

    static let complete = [
        Transcript(name: "length", text: ok + "Content-Length: 5\r\n\r\nhello", meaning: "[200]hello end, reusable"),
        Transcript(name: "no bytes", text: ok + "Content-Length: 0\r\n\r\n", meaning: "[200] end, reusable"),
        Transcript(
            name: "connection: close",
            text: ok + "Content-Length: 2\r\nConnection: close\r\n\r\nhi",
            meaning: "[200]hi end, spent"
        ),
        Transcript(
            name: "HTTP/1.0",
            text: "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi",
            meaning: "[200]hi end, spent"
        ),
        Transcript(
            name: "chunks",
            text: chunked + "5\r\nhello\r\n1\r\n \r\nB\r\nbig wide wo\r\n0003\r\nrld\r\n0\r\n\r\n",
            meaning: "[200]hello big wide world end, reusable"
        ),
        Transcript(
            name: "chunks with extensions and trailers",
            text: chunked + "5;a=b\r\nhello\r\n1 ; c=\"d\"\r\n!\r\n0;last\r\nX: 1\r\nY: 2\r\n\r\n",
            meaning: "[200]hello! end, reusable"
        ),
        Transcript(name: "no chunks", text: chunked + "0\r\n\r\n", meaning: "[200] end, reusable"),
        Transcript(
            name: "small and large chunks",
            text: chunked + "1\r\na\r\n1\r\nb\r\n12c0\r\n\(long)\r\n1\r\nc\r\n1\r\nd\r\n1\r\ne\r\n0\r\n\r\n",
            meaning: "[200]ab\(long)cde end, reusable"
        ),
        Transcript(
            name: "1xx before the answer",
            text: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + ok
                + "Content-Length: 2\r\n\r\nhi",
            meaning: "100 [200]hi end, reusable"
        ),
        Transcript(
            name: "HEAD",
            text: ok + "Content-Length: 500\r\n\r\n",
            isHead: true,
            meaning: "[200] end, reusable"
        ),
        Transcript(name: "HEAD of chunks", text: chunked, isHead: true, meaning: "[200] end, reusable"),
        Transcript(
            name: "204",
            text: "HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\n",
            meaning: "[204] end, reusable"
        ),
        Transcript(name: "304", text: "HTTP/1.1 304 Not Modified\r\n\r\n", meaning: "[304] end, reusable"),
    ]

    /// These end only when the engine closes.
    static let open = [
        Transcript(name: "until close", text: ok + "\r\nall of it", meaning: "[200]all of it"),
        Transcript(
            name: "upgrade with bytes right behind",
            text: "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n$ ls\r\n0\r\n\r\n",
            meaning: "[101]$ ls\r\n0\r\n\r\n"
        ),
    ]

    static let malformed = [
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello!\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\n\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;" + String(repeating: "x", count: 9000),
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + String(repeating: "x", count: 9000),
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + String(repeating: "X: 1\r\n", count: 1400),
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: 1\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\n",
        "not HTTP at all\r\n\r\n",
    ]
}

@Suite struct ExchangeStateMachineTests {
    /// Feeds `pieces` one after another and says what came out.
    private static func meaning(_ pieces: [ArraySlice<UInt8>], isHead: Bool) throws -> String {
        var machine = ExchangeStateMachine(isHead: isHead, expectsUpgrade: true)
        var meaning = ""
        for piece in pieces {
            machine.received(ByteBuffer(bytes: piece))
            while let event = try machine.next() {
                switch event {
                case .bodyIsWanted: meaning += "100 "
                case .head(let head): meaning += "[\(head.status)]"
                case .body(let bytes): meaning += String(buffer: bytes)
                case .end(let reusable): meaning += reusable ? " end, reusable" : " end, spent"
                }
            }
        }
        return meaning
    }

    @Test(arguments: Transcript.complete + Transcript.open)
    func everySplitInTwoMeansTheSame(transcript: Transcript) throws {
        let bytes = Array(transcript.text.utf8)
        for place in 0...bytes.count {
            let meaning = try Self.meaning([bytes[..<place], bytes[place...]], isHead: transcript.isHead)
            guard meaning == transcript.meaning else {
                #expect(meaning == transcript.meaning, "split at \(place)")
                return
            }
        }
    }

    @Test(arguments: Transcript.complete + Transcript.open)
    func singleBytesMeanTheSame(transcript: Transcript) throws {
        let bytes = Array(transcript.text.utf8)
        let meaning = try Self.meaning(bytes.indices.map { bytes[$0...$0] }, isHead: transcript.isHead)
        #expect(meaning == transcript.meaning)
    }

    @Test(arguments: Transcript.complete, UInt64(1)...5)
    func randomPiecesMeanTheSame(transcript: Transcript, seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        var rest = Array(transcript.text.utf8)[...]
        var pieces: [ArraySlice<UInt8>] = []
        while !rest.isEmpty {
            let count = Int.random(in: 1...min(40, rest.count), using: &random)
            pieces.append(rest.prefix(count))
            rest = rest.dropFirst(count)
        }
        #expect(try Self.meaning(pieces, isHead: transcript.isHead) == transcript.meaning)
    }

    @Test(arguments: Transcript.malformed)
    func whatIsMalformedIsRefusedInOnePieceAndByteByByte(text: String) {
        let bytes = Array(text.utf8)
        for pieces in [[bytes[...]], bytes.indices.map { bytes[$0...$0] }] {
            let error = #expect(throws: BridgeError.self) { try Self.meaning(pieces, isHead: false) }
            #expect(error?.code == .malformedResponse)
        }
    }

    @Test(arguments: Transcript.complete)
    func anAnswerThatIsCutOffIsNotedAsSuch(transcript: Transcript) throws {
        let bytes = Array(transcript.text.utf8)
        for length in 0..<bytes.count {
            var machine = ExchangeStateMachine(isHead: transcript.isHead, expectsUpgrade: true)
            machine.received(ByteBuffer(bytes: bytes[..<length]))
            var isComplete = false
            while let event = try machine.next() {
                if case .end = event { isComplete = true }
            }
            let isUntouched = machine.isUntouched
            let error = machine.engineClosed()
            let expected: BridgeError.Code? = isComplete ? nil : isUntouched ? .engineUnreachable : .truncated
            #expect(error?.code == expected, "cut to \(length)")
        }
    }

    @Test(arguments: Transcript.open)
    func anOpenEndedAnswerEndsWithTheConnection(transcript: Transcript) throws {
        var machine = ExchangeStateMachine(isHead: false, expectsUpgrade: true)
        machine.received(ByteBuffer(string: transcript.text))
        while try machine.next() != nil {}
        let isUpgraded = machine.isUpgraded
        #expect(isUpgraded == transcript.meaning.hasPrefix("[101]"))
        let error = machine.engineClosed()
        #expect(error == nil)
    }

    @Test func aConnectionWithBytesBehindTheAnswerIsSpent() throws {
        var machine = ExchangeStateMachine(isHead: false, expectsUpgrade: true)
        machine.received(ByteBuffer(string: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi!"))
        var ends: [Bool] = []
        while ends.isEmpty, let event = try machine.next() {
            if case .end(let reusable) = event { ends.append(reusable) }
        }
        #expect(ends == [false])
    }

    @Test func bytesBehindTheEndAreOutOfStep() throws {
        var machine = ExchangeStateMachine(isHead: false, expectsUpgrade: true)
        machine.received(ByteBuffer(string: "HTTP/1.1 204 No Content\r\n\r\n"))
        while try machine.next() != nil {}
        machine.received(ByteBuffer(string: "HTTP/1.1"))
        var code: BridgeError.Code?
        do { _ = try machine.next() } catch { code = error.code }
        #expect(code == .malformedResponse)
    }

    @Test func aSwitchThatNobodyAskedForIsNoAnswer() {
        var machine = ExchangeStateMachine(isHead: false, expectsUpgrade: false)
        machine.received(ByteBuffer(string: "HTTP/1.1 101 UPGRADED\r\nUpgrade: tcp\r\n\r\nraw"))
        do throws(BridgeError) {
            _ = try machine.next()
            Issue.record("it was taken for one")
        } catch {
            #expect(error.code == .malformedResponse)
        }
    }

    /// What an attach without `Upgrade` may be answered with.
    @Test(arguments: [
        ("200 OK\r\n", true), ("200 OK\r\nContent-Type: x\r\n", true), ("200 OK\r\nContent-Length: 0\r\n", false),
        ("200 OK\r\nTransfer-Encoding: chunked\r\n", false), ("204 No Content\r\n", false), ("404 x\r\n", false),
    ])
    func aSuccessThatNamesNoEndIsTheConnectionWhereThatWasAskedFor(head: String, isRaw: Bool) throws {
        for mayBecomeRaw in [true, false] {
            var machine = ExchangeStateMachine(isHead: false, expectsUpgrade: false, mayBecomeRaw: mayBecomeRaw)
            machine.received(ByteBuffer(string: "HTTP/1.1 \(head)\r\n"))
            guard case .head(let head)? = try machine.next() else {
                Issue.record("there is no head")
                continue
            }
            #expect(head.isRaw == (isRaw && mayBecomeRaw))
            let isUpgraded = machine.isUpgraded
            #expect(isUpgraded == head.isRaw)
        }
    }

    @Test func chunksThatNeverEndWhereAReadEndsDoNotAddUp() throws {
        let chunk = Array("3e8;e\r\n\(String(repeating: "x", count: 1000))\r\n".utf8)
        var machine = ExchangeStateMachine(isHead: false, expectsUpgrade: false)
        machine.received(ByteBuffer(string: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3"))
        while try machine.next() != nil {}
        var most = 0
        for _ in 0..<1000 {
            machine.received(ByteBuffer(bytes: chunk[1...] + chunk[..<1]))
            while try machine.next() != nil {}
            most = max(most, machine.storageBytes)
        }
        #expect(most <= 2 * ByteBuffer.spareBytes)
    }
}
