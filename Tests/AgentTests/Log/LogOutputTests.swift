import Base
import Logging
import Synchronization
import Testing

@testable import Agent

@Suite struct LogOutputTests {
    private static let time = LogTime(seconds: 1_767_225_600, nanoseconds: 42)

    private static func line(
        _ message: String = "hello",
        level: Logger.Level = .info,
        _ fields: [(name: String, value: String)] = []
    ) -> LogLine {
        LogLine(time: Self.time, level: level, message: message, fields: fields)
    }

    @Test func aJSONLineHasItsKeysInOrder() {
        #expect(
            Self.line("dialling", [("url", "wss://h"), ("attempt", "2")]).text(.json)
                == #"{"time":"2026-01-01T00:00:00.000000042Z","level":"INFO","msg":"dialling","#
                + #""url":"wss://h","attempt":"2"}"# + "\n"
        )
    }

    @Test func aTextLineSaysTheSameWithoutTheBraces() {
        #expect(
            Self.line("dialling", [("url", "wss://h")]).text(.text)
                == "2026-01-01T00:00:00.000000042Z INFO dialling url=\"wss://h\"\n"
        )
    }

    @Test(
        arguments: [
            (.trace, "DEBUG"), (.debug, "DEBUG"), (.info, "INFO"), (.notice, "INFO"), (.warning, "WARN"),
            (.error, "ERROR"), (.critical, "ERROR"),
        ] as [(Logger.Level, String)]
    )
    func everyLevelHasAName(level: Logger.Level, name: String) {
        #expect(Self.line(level: level).text(.json).contains(#""level":"\#(name)""#))
        #expect(Self.line(level: level).text(.text).contains(" \(name) "))
    }

    /// The numbers are those of syslog(3).
    @Test(arguments: [
        (Logger.Level.trace, 7), (.debug, 7), (.info, 6), (.notice, 5), (.warning, 4), (.error, 3), (.critical, 2),
    ])
    func theJournalIsToldThePriority(level: Logger.Level, priority: Int) {
        let text = Self.line("dialling", level: level, [("url", "wss://h")]).text(.journal)
        #expect(text.hasPrefix("<\(priority)>"))
        #expect(text.hasSuffix(#" dialling url="wss://h""# + "\n"))
    }

    @Test(arguments: LogFormat.allCases)
    func noControlCharacterOfAPeerReachesTheTerminal(format: LogFormat) {
        let hostile = "a\nb\r\u{1b}[31m\u{0}\"\\"
        let text = Self.line("m", [("peer", hostile)]).text(format)
        #expect(text.utf8.dropLast().allSatisfy { $0 >= 0x20 })
        #expect(text.contains(#"a\nb\r\u001b[31m\u0000\"\\"#))
    }

    @Test(arguments: LogFormat.allCases)
    func noInvisibleCharacterStandsAnywhereInALine(format: LogFormat) {
        let hostile = "a\u{9b}31m\u{85}\u{202e}\u{2028}\u{200b}\u{7f}b"
        let text = Self.line("said \(hostile)", [("peer", hostile), (hostile, "x")]).text(format)
        #expect(text.last == "\n")
        #expect(text.unicodeScalars.dropLast().allSatisfy { !$0.isInvisible })
        #expect(text.contains(#"said a\u009b31m\u0085\u202e\u2028\u200b\u007fb"#))
    }

    @Test func aMessageIsOneLine() {
        #expect(Self.line("a\nb").text(.text).hasSuffix(#" INFO a\u000ab"# + "\n"))
    }

    @Test func aHandlerMergesItsOwnFieldsWithThoseOfTheEvent() {
        let lines = Mutex<[String]>([])
        var handler = LogOutput(format: .json, level: .info) { line in lines.withLock { $0.append(line) } }
        handler[metadataKey: "b"] = "own"
        handler[metadataKey: "c"] = "own"
        let logger = Logger(label: "test") { _ in handler }
        logger.info("said", metadata: ["c": "event", "a": "event"])
        logger.debug("unheard")
        let written = lines.withLock { $0 }
        #expect(written.count == 1)
        #expect(written.first?.hasSuffix(#""msg":"said","a":"event","b":"own","c":"event"}"# + "\n") == true)
    }

    @Test(arguments: [
        (0, 0, "1970-01-01T00:00:00.000000000Z"), (951_782_399, 999_999_999, "2000-02-28T23:59:59.999999999Z"),
        (951_782_400, 1, "2000-02-29T00:00:00.000000001Z"), (4_102_444_800, 0, "2100-01-01T00:00:00.000000000Z"),
    ])
    func aMomentIsPrintedInUTC(seconds: Int, nanoseconds: Int, text: String) {
        #expect(LogTime(seconds: seconds, nanoseconds: nanoseconds).description == text)
    }
}
