import Testing

/// How the sources set up listening sockets.
@Suite struct ListeningSocketTests {
    /// While the process has no descriptor left, a listening socket without `AcceptPause` fails to accept again and again, and
    /// keeps its event loop busy. `AcceptPause.bootstrap` adds it; `ListenerLoopTests` tests that it does.
    @Test func everyListeningSocketPausesItsAccepts() throws {
        let files = try SourceTree.files(under: "Sources", endingIn: ".swift")
        let makers = files.filter { $0.text.contains("ServerBootstrap(") }.map(\.path)
        #expect(makers == ["Sources/LocalServer/Listener/AcceptBackoff.swift"])
    }
}
