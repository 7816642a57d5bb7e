import Base
import Testing

@testable import Policy

@Suite struct PolicyReportTests {
    @Test func theTextListsRulesAndOperations() throws {
        let policy = try HostPolicyTests.policy("allow look\n\nallow exec.* container=web-*  # why")
        let lines = PolicyReport(policy, .warn).text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines[0] == "POLICY_FILE=/etc/lookout/policy, POLICY_MODE=warn")
        #expect(lines[1].hasPrefix("watch: yes; "))
        #expect(lines[3...4] == ["line 1: allow look", "line 3: allow exec.* container=web-*"])
        #expect(lines[6] == "Allowed:" && lines[7] == "  system      ping version info df events auth")
        #expect(lines.contains("Allowed where the conditions of a rule hold:"))
        #expect(lines.contains("  exec        create start resize"))
        #expect(lines.contains("Denied:") && lines.contains("  unknown") && lines.last == "")
    }

    @Test func theTextOfPresetsHasNoLines() {
        let text = PolicyReport(HostPolicy([.all], setting: "POLICY=all"), .enforce).text
        #expect(text.hasPrefix("POLICY=all, POLICY_MODE=enforce\n") && text.contains("\nallow all\n"))
        #expect(!text.contains("Denied:") && !text.contains("line "))
    }

    @Test func theJSONNamesEveryOperation() throws {
        let policy = try HostPolicyTests.policy("allow look\nallow exec.* container=web-*")
        let json = try JSONNode(parsing: Array(PolicyReport(policy, .enforce).json.compact.utf8))
        #expect(json["source"]?.text == "POLICY_FILE=/etc/lookout/policy" && json["mode"]?.text == "enforce")
        let operations = try #require(json["operations"])
        #expect(operations.members.map(\.name) == Operation.allCases.map(\.rawValue))
        #expect(operations["containers.list"]?.text == "allowed" && operations["exec.create"]?.text == "depends")
        #expect(operations["unknown"]?.text == "denied")
        #expect(json["rules"]?.elements.map { $0["rule"]?.text } == ["allow look", "allow exec.* container=web-*"])
        #expect(json["rules"]?.elements.map { $0["line"]?.number } == [1, 2])
        #expect(json["summary"]?["exec"]?.text == "partly")
    }
}
