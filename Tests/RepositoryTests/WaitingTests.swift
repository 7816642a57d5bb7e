import Testing

/// A machine has few threads for its tasks. A test that blocks one of them, or that lets time pass, falls or makes
/// another one fall where the machine is busy: tests wait for events.
@Suite struct WaitingTests {
    /// Where one of these words may stand, and why it does no harm there.
    struct Exception: Sendable {
        let path: String
        let words: Set<String>
        let reason: String

        init(_ path: String, _ words: Set<String>, _ reason: String) {
            (self.path, self.words, self.reason) = (path, words, reason)
        }
    }

    static let exceptions = [
        Exception(
            "Hostile/Harness/Pause.swift",
            ["usleep"],
            "on threads of the suite's own, for as long as an attack lasts"
        ),
        Exception("Support/Eventually.swift", ["Task.sleep"], "the one place that looks again and again"),
        Exception("EndToEnd/Harness/Eventually.swift", ["Task.sleep"], "the one place of the end-to-end tests"),
        Exception(
            "Support/FakeEnginePeer.swift",
            [".wait()", "DispatchSemaphore"],
            "holds up an event loop, which is a thread of its own"
        ),
        Exception(
            "AuthTests/Tokens/TokenVerifierTests.swift",
            ["Task.sleep"],
            "a patience that is cancelled, not waited out"
        ),
        Exception(
            "EndToEnd/Harness/ChildProcess.swift",
            ["waitpid"],
            "asks without waiting, or for a process that was killed"
        ),
        Exception("EndToEnd/Harness/Program.swift", ["readToEnd"], "a file of the kernel's"),
        Exception("Hostile/Harness/Pause.swift", ["usleep"], "on a thread of its own, while an attack lasts"),
        Exception("EndToEnd/InventoryTests.swift", ["Task.sleep"], "that nothing comes for a while is what is tested"),
        Exception("EndToEnd/NetworkTests.swift", ["Task.sleep"], "that an idle link lives on is what is tested"),
        Exception("EndToEnd/StallTests.swift", ["Task.sleep"], "that a stalled controller is kept is what is tested"),
        Exception("EndToEnd/TransferTests.swift", ["Task.sleep"], "that nothing grows for a while is what is tested"),
    ]

    static let words = [
        ".wait()", "DispatchGroup", "DispatchSemaphore", "NSCondition", "Task.sleep", "Thread.sleep", "availableData",
        "nanosleep", "pthread_join", "queue.sync", "readDataToEndOfFile", "readToEnd", "sem_wait",
        "syncShutdownGracefully", "usleep", "waitUntilExit", "waitpid",
    ]

    /// The words in a file's code, comments left out; a call of `sleep` counts too. A future of an embedded loop has its
    /// value already when it is asked.
    static func found(in text: String) -> Set<String> {
        var found: Set<String> = []
        let isEmbedded = text.contains("import NIOEmbedded\n") && !text.contains("import NIOPosix\n")
        for line in text.split(separator: "\n") {
            let code = line.trimmingPrefix(while: \.isWhitespace)
            if code.hasPrefix("//") { continue }
            found.formUnion(Self.words.filter { code.contains($0) })
            if code.contains(#/(?:^|[^.\w"])sleep\(/#) { found.insert("sleep") }
        }
        if isEmbedded { found.remove(".wait()") }
        return found
    }

    @Test func noTestBlocksAThreadOrLetsTimePass() throws {
        let files = try SourceTree.files(under: "Tests", endingIn: ".swift")
        #expect(files.count > 100)
        for file in files where !file.path.hasSuffix("/WaitingTests.swift") {
            let path = String(file.path.dropFirst("Tests/".count))
            let allowed = Self.exceptions.first { $0.path == path }?.words ?? []
            let found = Self.found(in: file.text)
            #expect(
                found == allowed,
                """
                Tests/\(path): \(found.symmetricDifference(allowed).sorted().joined(separator: ", ")). \
                Wait for an event, use `until` or `value` from Support, or say in WaitingTests why it does no harm.
                """
            )
        }
    }

    @Test(
        arguments: [
            ("try await Task.sleep(for: .seconds(1))", ["Task.sleep"]), ("    sleep(1)", ["sleep"]),
            ("try future.wait()", [".wait()"]), ("usleep(3)", ["usleep"]), ("// sleep(1)", []),
            ("import NIOEmbedded\ntry future.wait()", []),
            ("import NIOEmbedded\nimport NIOPosix\nf.wait()", [".wait()"]),
            ("await nap.sleep(until: .now)", []), ("\"sleep(1)\"", []), ("func sleep(until: Int) {}", ["sleep"]),
        ]
    )
    func theWordsAreFound(code: String, words: [String]) {
        #expect(Self.found(in: code).sorted() == words)
    }
}
