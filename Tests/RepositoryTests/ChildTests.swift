import Testing

/// Unit tests share one process, which has the sockets of all of them. `Process` closes those that are open when it looks; one that
/// another test opens before the child starts stays open in it, and a peer is not heard to leave as long as the child runs.
@Suite struct ChildTests {
    /// Suites of other programs' tests, which run alone in their process or have no sockets of their own.
    static let alone = ["EndToEnd/", "Hostile/"]

    @Test func unitTestsStartProgramsWithoutTheirSockets() throws {
        let files = try SourceTree.files(under: "Tests", endingIn: ".swift").filter { file in
            !Self.alone.contains { file.path.hasPrefix("Tests/\($0)") } && !file.path.hasSuffix("/ChildTests.swift")
        }
        #expect(files.count > 100)
        for file in files {
            #expect(!Self.startsAProcess(file.text), "\(file.path): use runProgram from Support, or Subprocess.run")
        }
    }

    static func startsAProcess(_ text: String) -> Bool {
        text.contains(#/\bProcess\(\)|\bposix_spawnp?\(|\bv?fork\(\)/#)
    }

    @Test(
        arguments: [
            ("let process = Process()", true), ("posix_spawn(&child, path", true), ("fork()", true),
            ("HangsUpOnEveryProcess() async", false), ("Subprocess.run(", false),
        ]
    )
    func theWordsAreFound(code: String, isFound: Bool) {
        #expect(Self.startsAProcess(code) == isFound)
    }
}
