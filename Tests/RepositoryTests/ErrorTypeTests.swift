import Testing

/// Which types a module throws. A failure that leaves a module has the module's one error type, with a code; the others on
/// the list stay inside it, or are answers of one parser. A new type fails here: add a code instead.
@Suite struct ErrorTypeTests {
    static let known: [String: Set<String>] = [
        "Base": ["JSONError", "RegularFile.Failure", "SettingProblem", "SystemFault", "TrustedFile.Failure"],
        "HTTPWire": ["WireFault"],
        "Auth": [
            "AuthFailure", "Credentials.Problems", "KeyFileError", "ReplayRefusal", "SettingError",
            "SignedRequest.Flaw",
        ],
        "Trail": [],
        "Policy": [
            "PolicyFaults", "PolicyFaults.Fault", "Preset.SettingFault", "SeenFile.Fault", "TraceLine.Fault",
        ],
        "ContainerWatch": ["CreateRequest.Fault", "InputFault", "UnknownRule"],
        "DockerBridge": [
            "BridgeError", "ComposeFailure", "ContainerInspect.Unusable", "LogFailure", "StdcopyDecoder.Malformed",
        ],
        "ContainerChecks": ["CheckError", "Monitor.ReaderLeft"],
        "Drydock": [],
        "EdgeTunnel": [
            "ClockOffset.Failure", "DialError", "HeadExchange.Failure", "HostResolver.Failure", "OriginClock.Failure",
            "Parked", "TunnelEndedBeforeWelcome", "WebSocketViolation",
        ],
        "LocalServer": [
            "CertificateFiles.Fault", "ComposeRequest.Invalid", "ConnectionRefusal", "ContainerLog.Problem",
            "ListContainersTool.ListFault", "MCPToolFailure", "RPCRequest.Fault", "RequestFault",
        ],
        "Agent": ["AgentError"],
        "Lookout": ["CommandFailure"],
    ]

    @Test(arguments: known.keys.sorted()) func noOtherTypeIsThrown(_ module: String) throws {
        let files = try SourceTree.files(under: "Sources/\(module)", endingIn: ".swift")
        let declared = Set(files.flatMap { Self.errorTypes(in: $0.text) })
        #expect(declared == Self.known[module])
    }

    @Test func everyModuleIsListed() throws {
        let libraries = Set(["CSodium", "CArgon2", "CCrypto", "CProcess", "CBuildInfo"])
        #expect(Set(try SourceTree.folders(in: "Sources")).subtracting(libraries) == Set(Self.known.keys))
    }

    @Test func anErrorTypeIsFoundWithTheTypeAroundIt() {
        let text = """
            package struct One: Error, Equatable {}
            struct Outer {
                private enum Two: Sendable, Error {
                    case a
                }
            }
            enum Three: Hashable {}
            extension Other {
                package struct Four: Error {}
            }
            // struct Five: Error {}
            """
        #expect(Self.errorTypes(in: text) == ["One", "Outer.Two", "Other.Four"])
    }

    /// By the indentation, which the formatter sees to: a type at the margin, and those inside it.
    private static func errorTypes(in text: String) -> [String] {
        let declaration = #/^( *)(?:[a-z]+ )*(struct|enum|class|extension|actor|protocol) ([\w.]+)(?:: ([^{]*))?/#
        var outer = ""
        return text.split(separator: "\n").compactMap { line in
            guard let found = line.firstMatch(of: declaration)?.output else { return nil }
            let name = String(found.3)
            if found.1.isEmpty { outer = name }
            let parents = (found.4 ?? "").split { !$0.isLetter }
            guard found.2 != "extension", parents.contains("Error") else { return nil }
            return found.1.isEmpty ? name : "\(outer).\(name)"
        }
    }
}
