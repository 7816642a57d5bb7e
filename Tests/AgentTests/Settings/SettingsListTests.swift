import Testing

@testable import Agent

@Suite struct SettingsListTests {
    private static func entry(_ name: String, _ environment: [String: String] = [:]) throws -> [String] {
        let text = try #require(SettingsList(environment: environment).text(of: name))
        return text.split(separator: "\n").map(String.init)
    }

    @Test func everyVariableIsListedOnceUnderItsHeading() {
        let lines = SettingsList(environment: [:]).text.split(separator: "\n").map(String.init)
        #expect(lines.filter { line in Settings.rows.contains { $0.name == line } } == Settings.rows.map(\.name))
        #expect(lines.filter { line in Settings.groups.contains { $0.title == line } } == Settings.groups.map(\.title))
        #expect(lines.count == Settings.groups.count + 3 * Settings.rows.count)
    }

    @Test func theDefaultCountsWithoutTheVariable() throws {
        #expect(
            try Self.entry("WELCOME_TIMEOUT") == [
                "WELCOME_TIMEOUT", "    not set; default: 30 s",
                "    From the signed hello to the controller's welcome; 1–3600.",
            ]
        )
        #expect(try Self.entry("DRYDOCK_URL")[1] == "    not set; no default")
        #expect(try Self.entry("ADMISSION_RULES")[1] == "    not set; default: a list")
    }

    @Test func aValueIsShownWithItsSourceAndWhyItIsRefused() throws {
        let lines = try Self.entry("WELCOME_TIMEOUT", ["WELCOME_TIMEOUT": "0"])
        #expect(lines.prefix(2) == ["WELCOME_TIMEOUT=0", "    from the environment; default: 30 s"])
        #expect(lines.last == "    refused: WELCOME_TIMEOUT is '0'; it must be a whole number from 1 to 3600")
    }

    @Test(arguments: [
        ("TOKEN", "TOKEN"), ("ENROLLMENT_TOKEN", "ENROLLMENT_TOKEN"), ("HTTPS_PROXY", "https_proxy"),
        ("EDGE_KEY", "EDGE_KEY"),
    ])
    func aSecretIsNotShown(name: String, variable: String) throws {
        let lines = try Self.entry(name, [variable: "http://me:marker@proxy"])
        #expect(lines.first == "\(name)=(not shown)")
        #expect(!lines.joined().contains("marker"))
    }

    /// Such a controller is refused at the start, which needs no password in a terminal.
    @Test(arguments: [
        ("DRYDOCK_URL", "https://me:marker@h:3000/x", "https://…@h:3000/x"),
        ("DRYDOCK_URL", "wss://a, https://me:marker/,?#@marker@b,https://c", "wss://a, https://…@b,https://c"),
        ("DOCKER_HOST", "tcp://marker@h", "tcp://…@h"), ("DOCKER_HOST", "unix:///run/a@b", "unix://…@b"),
        ("DRYDOCK_URL", "https://[fe80::1%25eth0]:3000", "https://[fe80::1%25eth0]:3000"),
        ("AGENT_NAME", "me@host", "me@host"), ("LOG_LEVEL", "https://marker@h", "https://…@h"),
    ])
    func theUserInformationOfAURLIsNotShown(name: String, value: String, shown: String) throws {
        let lines = try Self.entry(name, [name: value])
        #expect(lines.first == "\(name)=\(shown)")
        #expect(!lines.joined().contains("marker"))
    }

    @Test func aValueCannotMoveTheCursor() throws {
        #expect(try Self.entry("AGENT_NAME", ["AGENT_NAME": "a\u{1b}[2J"]).first == "AGENT_NAME=a\\u{1b}[2J")
    }

    @Test func aNameThatIsNoneHasNoEntry() {
        #expect(SettingsList(environment: [:]).text(of: "PATH") == nil)
        #expect(SettingsList(environment: [:]).text(of: "port") == nil)
    }

    @Test(arguments: [
        ("`a` and [b](c.md#d).", "a and b."), ("`https://host[:port]`, [More](x.md).", "https://host[:port], More."),
        ("[ ] [", "[ ] ["), ("", ""), ("a](b)", "a](b)"), ("[a](b", "[a](b"),
    ])
    func marksOfMarkdownAreLeftOut(markdown: String, plain: String) {
        #expect(SettingsList.plain(markdown) == plain)
    }
}
