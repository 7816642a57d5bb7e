import Testing

/// What ends the process is for our own bugs, and none of it may be within reach of a peer.
///
/// Every place in `Sources` that can trap by its own words is listed here, file by file, with the reason why no client,
/// controller, engine or file of theirs gets there. A new one fails until somebody has thought about it and written down
/// the reason. (Arithmetic and subscripts trap too; `PeerNumbersTests` and the fuzz targets look for those.)
@Suite struct TrapTests {
    struct Allowed: Sendable, CustomTestStringConvertible {
        let path: String
        /// At most so many lines.
        let lines: Int
        let reason: String

        var testDescription: String { self.path }

        init(_ path: String, _ lines: Int, _ reason: String) {
            (self.path, self.lines, self.reason) = ("Sources/\(path)", lines, reason)
        }
    }

    private static let notEmpty = "the buffer is ours and not empty"
    private static let runs = "a loop that runs cannot refuse a task"

    static let allowed = [
        Allowed("Auth/Tokens/DerivationSlots.swift", 1, "counts our own calls"),
        Allowed("Trail/AuditSink.swift", 1, Self.notEmpty),
        Allowed("Auth/Keys/ByteText.swift", 3, "the room is computed from the same length"),
        Allowed("Auth/Keys/PEMBlock.swift", 1, "set in the line above"),
        Allowed("Auth/Limits/RateLimiter.swift", 2, "order and entries are changed together"),
        Allowed("Auth/Keys/SHA256Digest.swift", 2, "libcrypto without SHA-256 is not libcrypto"),
        Allowed("Auth/Keys/SecretBytes.swift", 1, "the sizes of keys are constants"),
        Allowed(
            "Auth/Keys/Sodium.swift",
            18,
            "sizes of keys and signatures are checked by their types; messages begin with text of ours"
        ),
        Allowed("Auth/Tokens/TokenHash.swift", 2, "parameters are checked when the hash is read"),
        Allowed("Base/Bytes/RandomBytes.swift", 1, "only a kernel older than 3.17 has no random bytes to give"),
        Allowed("ContainerWatch/Host/PathTable.swift", 1, "tables of this module only"),
        Allowed("DockerBridge/Requests/MemoryBudget.swift", 1, "debug builds only; what is given back was taken"),
        Allowed(
            "DockerBridge/Exec/ExecStateMachine.swift",
            2,
            "the session opens one exchange and takes one head of it"
        ),
        Allowed("DockerBridge/Inventory/EngineStream.swift", 1, Self.runs),
        Allowed("DockerBridge/Inventory/EventSubscription.swift", 1, Self.runs),
        Allowed("DockerBridge/Inventory/InventoryService.swift", 1, Self.runs),
        Allowed("Base/JSON/JSONString.swift", 3, "a scalar from checked surrogates, room for its UTF-8"),
        Allowed("EdgeTunnel/Dial/ConnectRequest.swift", 1, Self.notEmpty),
        Allowed(
            "EdgeTunnel/Session/TunnelMachine.swift",
            2,
            "the handler calls it in this order"
        ),
        Allowed(
            "EdgeTunnel/Mux/Lanes.swift",
            1,
            "whoever ends a queue forgets it; sinks that have ended ignore the rest"
        ),
        Allowed("EdgeTunnel/Wire/Base64.swift", 1, "its caller grows the buffer by what the text needs"),
        Allowed("EdgeTunnel/Wire/FrameDecoder.swift", 1, Self.notEmpty),
        Allowed("EdgeTunnel/Wire/PayloadPacker.swift", 2, Self.notEmpty),
        Allowed("EdgeTunnel/WebSocket/WebSocketMessage.swift", 3, "no more is read than was counted"),
        Allowed("EdgeTunnel/WebSocket/WebSocketReader.swift", 3, "no more is read than was counted"),
        Allowed("ContainerChecks/FindingsStore.swift", 1, Self.runs),
        Allowed("LocalServer/Server/BodyGatherer.swift", 1, "called once, at the end of a signed body"),
        Allowed("LocalServer/Listener/Listener.swift", 1, "there is a door for every loop of the group"),
        Allowed("LocalServer/MCP/RPCRequest.swift", 1, "the scanner found the range in this body"),
        Allowed("LocalServer/Page/ContainerMetrics.swift", 1, Self.runs),
        Allowed(
            "LocalServer/Server/RequestMetrics.swift",
            3,
            "\(Self.runs); a key of the same dictionary; an array of fixed size"
        ),
        Allowed(
            "LocalServer/Answers/AnswerStream.swift",
            1,
            "the decider starts a route once, right after it made the stream"
        ),
        Allowed("LocalServer/Gate/StrangerBudget.swift", 2, "an address in words is a network; a constant"),
        Allowed("LocalServer/Server/RequestDecider.swift", 3, "a request is in the ledger until its answer was said"),
        Allowed(
            "LocalServer/Server/ServerConnectionMachine.swift",
            1,
            "the reader gives out the next head when it is asked for"
        ),
        Allowed("Lookout/HashTokenCommand.swift", 1, Self.notEmpty),
        Allowed("Lookout/SignCommand.swift", 1, "checked when the arguments were read"),
    ]

    @Test func everyTrapIsListedWithItsReason() throws {
        let limits = Dictionary(uniqueKeysWithValues: Self.allowed.map { ($0.path, $0.lines) })
        for file in try SourceTree.files(under: "Sources", endingIn: ".swift") {
            let traps = TrapLine.all(in: file.text)
            #expect(traps.count <= limits[file.path, default: 0], "\(file): \(traps.joined(separator: " ┃ "))")
        }
    }

    @Test(arguments: allowed) func whatIsListedIsThere(_ allowed: Allowed) throws {
        #expect(SourceTree.exists(allowed.path))
        #expect(!allowed.reason.isEmpty)
    }

    @Test(arguments: [
        ("fatalError(\"x\")", true), ("a = b!", true), ("a = b!.c", true), ("call(b[0]!, c)", true), ("try! f()", true),
        ("x as! Y", true), ("private unowned let a: A", true), ("precondition(a > 0)", true),
        ("guard !a, a != b else { return }", false), ("let text = \"stop!\"", false), ("// never trap!", false),
        ("/// preconditionFailure(\"x\")", false), ("a == !b", false), ("eventLoop.preconditionInEventLoop()", false),
    ])
    func aLineThatMayTrapIsRecognised(_ line: String, isTrap: Bool) {
        #expect(TrapLine.all(in: line).isEmpty == !isTrap)
    }
}

/// Lines that end the process by their own words.
enum TrapLine {
    static func all(in text: String) -> [String] {
        text.split(separator: "\n").filter(Self.isWorthLooking).map { String($0) }.filter { line in
            let code = line.replacing(#/"(\\.|[^"\\])*"/#, with: "\"\"")
            let bare = code.firstRange(of: "//").map { code[..<$0.lowerBound] } ?? code[...]
            return bare.contains(#/(preconditionFailure|precondition|fatalError|assert|assertionFailure)\(/#)
                || bare.contains(#/\bunowned\b/#) || bare.contains(#/[\w\])]!(?![=\w"])/#)
        }
    }

    /// Regular expressions are slow, and few lines need them.
    private static func isWorthLooking(_ line: Substring) -> Bool {
        line.utf8.contains(UInt8(ascii: "!"))
            || ["recondition", "fatalError", "assert", "unowned"].contains { line.contains($0) }
    }
}
