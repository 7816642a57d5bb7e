import Testing

/// A list of all pieces of a text takes up to fifty times the memory of the text, which a peer may send as nothing but
/// separators. So a text is cut into a known number of pieces (`maxSplits`), or walked piece by piece (`Pieces`).
///
/// Every other `split` in `Sources` is listed here with what bounds its text.
@Suite struct SplitTests {
    private static let head = "a head has at most 64 KiB"
    private static let operatorText = "written by the operator of this host"
    private static let kernelText = "written by the kernel"

    /// At most so many lines of a file.
    static let allowed: [String: (lines: Int, bound: String)] = [
        "Auth/Keys/AuthorizedKeys.swift": (1, Self.operatorText),
        "Auth/Limits/ClientAddress.swift": (2, "a head has at most 64 KiB; TRUSTED_PROXIES is written by the operator"),
        "Auth/Tokens/TokenHash.swift": (2, Self.operatorText),
        "Base/Time/CalendarDay.swift": (1, "written by the operator of this host, or ten bytes of a time"),
        "ContainerWatch/Report/ContainerReport.swift": (1, "printed by a command that a person runs"),
        "DockerBridge/Compose/ComposeRules.swift": (1, "a path has at most 4,096 bytes"),
        "DockerBridge/Compose/ComposeService.swift": (1, "the output of a program is cut when it is gathered"),
        "DockerBridge/Compose/ProcessTable.swift": (2, Self.kernelText),
        "DockerBridge/Host/ProcFigures.swift": (6, Self.kernelText),
        "DockerBridge/Inventory/ContainerRecord.swift": (2, "the texts of a record have at most 256 KiB"),
        "DockerBridge/Logs/LogQuery.swift": (1, "a time has at most 39 bytes"),
        "DockerBridge/Logs/LogReader.swift": (1, "calls LogSplitter, which hands out piece by piece"),
        "DockerBridge/Logs/LogSplitter.swift": (1, "calls itself once"),
        "DockerBridge/Route/ContainerCreation.swift": (2, Self.head),
        "DockerBridge/Route/EnginePath.swift": (1, Self.head),
        "EdgeTunnel/Dial/ProxySettings.swift": (1, Self.operatorText),
        "EdgeTunnel/Dial/RefusalAdvice.swift": (3, Self.head),
        "EdgeTunnel/Dial/TLSFault.swift": (1, "a message of the TLS library"),
        "EdgeTunnel/Status/AttemptLog.swift": (1, "a file of ours, of which at most 512 KiB are read"),
        "HTTPWire/HTTPDate.swift": (2, Self.head),
        "LocalServer/Gate/RequestHead.swift": (1, Self.head),
        "LocalServer/Answers/AgentRoute.swift": (2, Self.head),
        "Agent/Configuration/AdmissionSettings+Environment.swift": (1, Self.operatorText),
        "Agent/Configuration/DialSettings+Environment.swift": (1, Self.operatorText),
        "Agent/Doctor/EngineCheck.swift": (1, "a short answer to a command that a person runs"),
        "Agent/Settings/EnvironmentReader.swift": (1, Self.operatorText),
        "Agent/Settings/SettingsList.swift": (1, Self.operatorText),
        "Agent/Process/MemoryReturn.swift": (1, Self.kernelText),
        "ContainerChecks/HostLinks.swift": (2, "a path has at most 4,096 bytes"),
        "Policy/Preset.swift": (1, "a setting of at most 200 bytes"),
    ]

    @Test func everySplitHasABound() throws {
        for file in try SourceTree.files(under: "Sources", endingIn: ".swift") {
            let splits = Self.unboundedSplits(in: file.text)
            let limit = Self.allowed["\(file)".replacing("Sources/", with: "")]?.lines ?? 0
            #expect(splits.count <= limit, "\(file): \(splits.joined(separator: " ┃ "))")
        }
    }

    @Test func whatIsListedIsThere() {
        for path in Self.allowed.keys { #expect(SourceTree.exists("Sources/\(path)"), "\(path)") }
    }

    @Test(arguments: [
        (#"a.split(separator: ",")"#, true), ("a.split { $0 == b }", true), ("a.split(whereSeparator: f)", true),
        (#"a.split(separator: ",", maxSplits: 1)"#, false), (#"// a.split(separator: ",")"#, false),
    ])
    func aSplitWithoutABoundIsRecognised(_ line: String, isOne: Bool) {
        #expect(Self.unboundedSplits(in: line).isEmpty != isOne)
    }

    private static func unboundedSplits(in text: String) -> [String] {
        text.split(separator: "\n").map(String.init).filter { line in
            guard line.contains("split"), !line.contains("maxSplits") else { return false }
            let code = line.firstRange(of: "//").map { line[..<$0.lowerBound] } ?? line[...]
            return code.contains(".split(") || code.contains(".split {")
        }
    }
}
