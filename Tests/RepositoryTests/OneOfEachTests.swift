import Testing

/// A type that does a job which another type does already sooner or later does it differently. So the jobs below have their
/// types listed; a further type with such a name is either the same job again or belongs on the list with its own.
@Suite struct OneOfEachTests {
    struct Job: Sendable, CustomTestStringConvertible {
        /// How the names of its types end.
        let ending: String
        /// Each with what it reads or writes, which no other one does.
        let types: [String: String]

        var testDescription: String { self.ending }
    }

    static let jobs = [
        Job(ending: "Scanner", types: ["JSONScanner": "JSON"]),
        Job(ending: "Tree", types: ["JSONTree": "a whole JSON text, built by the scanner"]),
        Job(ending: "Escaper", types: ["JSONEscaper": "a text inside a JSON string"]),
        Job(ending: "Printer", types: ["JSONPrinter": "a JSON tree for people, through the writer"]),
        Job(ending: "Month", types: [:]),
        Job(ending: "Calendar", types: [:]),
        Job(ending: "Day", types: ["CalendarDay": "days and months from seconds, and back"]),
        Job(ending: "Date", types: ["HTTPDate": "the spelling of a date field, by the calendar's days"]),
        Job(ending: "Sweeper", types: ["Sweeper": "deadlines of many things by one timer"]),
        Job(
            ending: "Backoff",
            types: [
                "Backoff": "growing waits between dials",
                "AcceptBackoff": "pauses of accept, of an event loop's time and without chance",
            ]
        ),
        Job(
            ending: "Decoder",
            types: [
                "BodyDecoder": "the end of an HTTP body and its chunks", "FrameDecoder": "the tunnel's messages",
                "StdcopyDecoder": "the two outputs in an engine's stream",
            ]
        ),
        Job(
            ending: "Splitter",
            types: ["LineSplitter": "lines of events", "LogSplitter": "texts of a log, by its frames"]
        ),
        Job(
            ending: "Parser",
            types: [
                "RequestHeadParser": "what a listener makes of a head that HTTPWire read",
                "ResponseHeadParser": "what the engine's client makes of one",
            ]
        ),
        Job(
            ending: "Writer",
            types: [
                "JSONWriter": "JSON", "RequestHeadWriter": "a request to the engine, through HeadOutput",
                "ChunkWriter": "a chunk as one or three buffers", "ControlWriter": "frames that belong to no stream",
                "AuditWriter": "lines of the audit trail",
            ]
        ),
        Job(ending: "HeadOutput", types: ["HeadOutput": "the lines of every HTTP head"]),
    ]

    @Test(arguments: jobs) func aJobHasTheTypesThatAreListed(_ job: Job) throws {
        let types = try SourceTree.files(under: "Sources", endingIn: ".swift").flatMap { Self.types(in: $0.text) }
            .filter { $0.hasSuffix(job.ending) }
        #expect(types.sorted() == job.types.keys.sorted())
    }

    @Test(arguments: [
        ("package struct CalendarMonth: Sendable {", ["CalendarMonth"]), ("    private enum Month {", ["Month"]),
        ("@usableFromInline final class A<B> {", ["A"]), ("package protocol HeadOutput {", ["HeadOutput"]),
        ("// struct Month", []), ("let text = \"enum Month\"", []), ("extension Month {", []),
        ("let structure = Month()", []),
    ])
    func aDeclarationIsRecognisedWhereverItStands(_ line: String, types: [String]) {
        #expect(Self.types(in: line) == types)
    }

    private static func types(in text: String) -> [String] {
        text.split(separator: "\n").compactMap { line in
            let words = line.split {
                !($0.isLetter || $0.isNumber || $0 == "_" || $0 == "@" || $0 == "/" || $0 == "\"")
            }
            let kinds: Set = ["struct", "class", "enum", "actor", "protocol"]
            guard let index = words.firstIndex(where: { kinds.contains(String($0)) }), index + 1 < words.count else {
                return nil
            }
            let modifiers: Set = ["package", "private", "fileprivate", "final", "indirect", "nonisolated", "public"]
            let areModifiers = words[..<index].allSatisfy { modifiers.contains(String($0)) || $0.hasPrefix("@") }
            return areModifiers ? String(words[index + 1]) : nil
        }
    }
}
