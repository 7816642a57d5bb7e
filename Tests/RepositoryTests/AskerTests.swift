import Testing

/// Every request to the engine says who wants it, or is one of the agent's own: only the former are judged by the policy of this
/// host.
@Suite struct AskerTests {
    /// Files that ask for the agent itself, and why what they ask needs no leave.
    static let own: [String: String] = [
        "DockerBridge/Dispatch/FactQuestions.swift": "asks what a policy needs to know",
        "DockerBridge/Dispatch/JudgmentQueue.swift": "asks what admission needs to know",
        "DockerBridge/Engine/EngineAPI.swift": "asks for version, state and figures of the engine",
        "DockerBridge/Engine/SharedPing.swift": "pings",
        "DockerBridge/Exec/ExecReaper.swift": "ends processes whose sessions are over",
        "DockerBridge/Inventory/EventFeed.swift": "follows the engine's events for the inventory",
        "DockerBridge/Inventory/EventSubscription.swift": "follows the engine's events for `lookout monitor`",
    ]

    @Test func aRequestOfAPeerSaysWhoWantsIt() throws {
        for file in try SourceTree.files(under: "Sources", endingIn: ".swift")
        where file.text.contains("BridgeRequest(") {
            let name = file.path.replacing("Sources/", with: "")
            if Self.own[name] != nil { continue }
            #expect(file.text.contains(".asker ="), "\(file): set `asker`, or list the file with a reason")
        }
    }

    @Test func whatIsListedAsksForTheAgent() throws {
        for name in Self.own.keys {
            let text = try SourceTree.file("Sources/\(name)").text
            #expect(text.contains("BridgeRequest(") && !text.contains(".asker ="), "\(name)")
        }
    }
}
