import Testing

/// How the sources set up listening sockets.
@Suite struct ListeningSocketTests {
    /// While the process has no descriptor left, a listening socket without `AcceptPause` fails to accept again and again, and
    /// keeps its event loop busy.
    @Test func everyListeningSocketPausesItsAccepts() throws {
        let files = try SourceTree.files(under: "Sources", endingIn: ".swift")
        let counts = files.map { Self.count(in: $0.text) }
        #expect(counts.reduce(0) { $0 + $1.sockets } >= 1)
        for (file, count) in zip(files, counts) { #expect(count.pauses == count.sockets, "\(file)") }
    }

    @Test func aPauseThatIsNotAddedDoesNotCount() {
        let made = "ServerBootstrap(group: g)\n.serverChannelInitializer { let handler = AcceptPause { _ in }\n"
        #expect(Self.count(in: "\(made) sync.addHandler(handler) }") == Count(sockets: 1, pauses: 1))
        #expect(
            Self.count(in: "\(made) }\n.childChannelInitializer { sync.addHandler(handler) }")
                == Count(sockets: 1, pauses: 0)
        )
        #expect(Self.count(in: "ServerBootstrap(group: g)") == Count(sockets: 1, pauses: 0))
    }

    private struct Count: Equatable {
        let sockets: Int
        let pauses: Int
    }

    private static func count(in text: String) -> Count {
        let parts = text.split(separator: "ServerBootstrap(", omittingEmptySubsequences: false).dropFirst()
        let pauses = parts.count { part in
            let serverSide = part.prefix(upTo: part.firstRange(of: ".childChannel")?.lowerBound ?? part.endIndex)
            return serverSide.contains("let handler = AcceptPause") && serverSide.contains(".addHandler(handler)")
        }
        return Count(sockets: parts.count, pauses: pauses)
    }
}
