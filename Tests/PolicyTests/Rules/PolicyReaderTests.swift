import CAllocations
import CSteps
import Testing

@testable import Policy

@Suite(.timeLimit(.minutes(2))) struct PolicyReaderTests {
    private static func read(_ text: String) throws -> [String] {
        try PolicyReader.read(Array(text.utf8)).map { "\($0.line) \($0.text)" }
    }

    private static func faults(_ text: String) -> [String] { self.faults(Array(text.utf8)) }

    private static func faults(_ text: [UInt8]) -> [String] {
        do {
            _ = try PolicyReader.read(text)
            return []
        } catch {
            return error.sentences
        }
    }

    @Test func aFileIsReadLineByLine() throws {
        let text = """
            # presets and single operations, with conditions
            allow look

            allow containers.restart   container=web-*
            \tallow exec.* container=web-* user=app  # a comment
            deny  images.pull          image=*/untrusted/*
            allow update               image=registry.example/* label=team=a label=stage=*
            allow all                  identity=ops-laptop
            """
        #expect(
            try Self.read(text) == [
                "2 allow look", "4 allow containers.restart container=web-*", "5 allow exec.* container=web-* user=app",
                "6 deny images.pull image=*/untrusted/*",
                "7 allow update image=registry.example/* label=team=a label=stage=*", "8 allow all identity=ops-laptop",
            ]
        )
    }

    @Test(arguments: [
        ("allow look\r\nallow files\r\n", ["1 allow look", "2 allow files"]),
        ("allow look", ["1 allow look"]), ("\n\n allow look #x", ["3 allow look"]),
        ("allow containers.archive.*", ["1 allow containers.archive.*"]),
        ("allow exec.create privileged=no", ["1 allow exec.create privileged=no"]),
        ("deny exec.create privileged=yes\nallow exec", ["1 deny exec.create privileged=yes", "2 allow exec"]),
        ("allow containers.stop container=a#b", ["1 allow containers.stop container=a#b"]),
        ("allow containers.stop label=a=b=c", ["1 allow containers.stop label=a=b=c"]),
        ("allow containers.stop label=station=Küche*", ["1 allow containers.stop label=station=Küche*"]),
        ("allow unknown", ["1 allow unknown"]), ("deny all", ["1 deny all"]),
        ("deny all container=db\nallow all", ["1 deny all container=db", "2 allow all"]),
    ])
    func spellingsOfRules(text: String, rules: [String]) throws {
        #expect(try Self.read(text) == rules)
    }

    @Test(arguments: [
        ("alow look", "line 1: 'alow' is neither allow nor deny; begin the line with one of them"),
        ("Allow look", "'Allow' is neither"), ("allow", "names no operation; write a preset such as look"),
        ("allow # look", "names no operation"), ("allow *", "'*' is not an operation; write all"),
        ("allow restart", "'restart' is not an operation; write containers.restart"),
        (
            "allow inspect",
            "write containers.inspect, exec.inspect, images.inspect, networks.inspect or volumes.inspect"
        ),
        ("allow exec.run", "write exec.* or exec.create, exec.start, exec.inspect or exec.resize"),
        ("allow containers*", "'containers*' is not an operation; presets are look, operate"),
        ("allow update.*", "'update.*' is not an operation"),
        ("allow look exec", "'exec' is a second operation; write a line of its own for it"),
        ("allow exec web-1", "'web-1' is not a condition; write container=NAME"),
        ("allow exec contaner=web", "'contaner=web' is not a condition"),
        ("allow exec container=", "container= is empty"),
        ("allow exec label=team", "'label=team' lacks a key or a value"),
        ("allow exec label==x", "lacks a key"), ("allow exec label=a=", "lacks a key or a value"),
        ("allow exec privileged=maybe", "write privileged=no or privileged=yes"),
        ("allow exec user=a user=b", "user= stands twice, and both must hold"),
        ("deny exec user=root", "deny with user= can be evaded"),
        ("allow images.list image=a", "images.list is not about what image= asks"),
        ("allow containers.prune container=a", "containers.prune does not name what it concerns"),
        ("deny containers.prune container=a", "does not name what it concerns"),
        ("allow containers.stop user=app", "containers.stop is not about what user= asks"),
        ("allow networks.* image=a container=b user=c", "networks.* is not about what user= asks"),
        ("allow system.* container=*", "system.* is not about"), ("allow unknown user=x", "unknown does not name"),
        ("allow exec container=" + String(repeating: "a", count: 257), "container= has 257 bytes; at most 256"),
        ("allow look " + String(repeating: " ", count: 1_280), "has 1291 bytes; at most 1280 are read"),
        ("allow look\u{202e}", "holds the invisible character U+202E"), ("# \u{1b}[2J", "U+1B"),
        ("allow look\nallow all\ndeny exec", "line 3: lines above decide about exec already, so nothing is denied"),
        ("allow look\ndeny look container=x", "line 2: lines above decide"),
        ("", "there is no rule, so nothing would be allowed"), ("# nothing\n\n", "there is no rule"),
    ])
    func aFaultSaysWhatIsWrongAndWhatToWrite(text: String, words: String) {
        let faults = Self.faults(text)
        #expect(faults.count == 1 && faults[0].contains(words), "\(faults)")
    }

    @Test func bytesThatAreNotTextAreRefused() {
        #expect(Self.faults([0x61, 0xff, 0x0a]) == ["line 1: is not UTF-8; write plain text"])
    }

    @Test func allFaultsAreGathered() {
        let faults = Self.faults("allow look\nalow exec\nallow files\nallow nothing\ndeny\n")
        #expect(faults.map { $0.prefix(7) } == ["line 2:", "line 4:", "line 5:"])
    }

    @Test func manyFaultsAreCounted() {
        let faults = Self.faults(String(repeating: "x\n", count: 80))
        #expect(faults.count == PolicyFaults.maximumTold + 1 && faults.last == "and 30 more lines are wrong")
    }

    @Test func aFaultIsPrintableAndBounded() {
        let long = String(repeating: "x", count: 1_200)
        for text in ["\(long) look", "allow \(long)", "allow look \(long)", "allow containers.\(long)"] {
            #expect(Self.faults(text).allSatisfy { $0.utf8.count < 1_000 && !$0.contains("\u{1b}") })
        }
    }

    @Test func aFileHasABound() {
        #expect(Self.faults([UInt8](repeating: 0x20, count: PolicyReader.maximumBytes + 1))[0].contains("256 KiB"))
        let rules = Self.faults(String(repeating: "allow look\n", count: 1_001))
        #expect(rules == ["there are 1001 rules; at most 1000 are used"])
        #expect(Self.faults(String(repeating: "allow look\n", count: 1_000)).isEmpty)
    }

    /// Eight times as many lines cost eight times as much.
    @Test(arguments: [
        "allow exec.create container=web-* label=a=b image=*x*y* user=app\n", "allow containers.run\n", "#\n", "\n",
        "allow look                                                                      x\n",
    ])
    func readingTakesLinearTime(line: String) {
        let (few, many) = (Self.steps(line, 100), Self.steps(line, 800))
        #expect(many < 10 * few + 5_000, "\(few) steps, then \(many)")
    }

    private static func steps(_ line: String, _ count: Int) -> Int {
        let text = Array(String(repeating: line, count: count).utf8)
        let before = steps_of_this_thread() + allocations_of_this_thread()
        _ = try? PolicyReader.read(text)
        return Int(steps_of_this_thread() + allocations_of_this_thread() - before)
    }

    @Test func whatIsReadReadsBackAsTheSameRules() {
        var dice = Dice(seed: 3)
        let verbs = ["allow", "allow", "\tdeny", "alow", "#"]
        let subjects = ["look", "exec.*", "containers.stop", "all", "images.pull", "nothing", ""]
        let conditions = [
            "", "", "image=*a*", "container= x", "label=a=b", "identity=*", "user=app", "# note", "=", "*",
        ]
        var rules = 0
        for _ in 0..<5_000 {
            let lines = (0..<Int.random(in: 1...3, using: &dice)).map { _ in
                [verbs, subjects, conditions, conditions].map { $0.randomElement(using: &dice)! }.joined(
                    separator: "  "
                )
            }
            guard let read = try? PolicyReader.read(Array(lines.joined(separator: "\n").utf8)) else { continue }
            rules += read.count
            let again = read.map(\.text).joined(separator: "\n")
            #expect((try? PolicyReader.read(Array(again.utf8)).map(\.text)) == read.map(\.text), "\(lines)")
        }
        #expect(rules > 500)
    }
}
