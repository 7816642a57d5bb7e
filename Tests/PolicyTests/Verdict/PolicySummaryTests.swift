import Testing

@testable import Policy

@Suite struct PolicySummaryTests {
    @Test(arguments: [
        (
            "allow look",
            "watch: yes; start and stop: no; updates: no; exec: no; files: no; compose: no; forward: no"
        ),
        (
            "allow look\nallow exec container=web",
            "watch: yes; start and stop: partly; updates: no; exec: partly; files: no; compose: no; forward: no"
        ),
        (
            "allow update\nallow exec",
            "watch: yes; start and stop: yes; updates: yes; exec: yes; files: no; compose: no; forward: no"
        ),
        (
            "deny exec\nallow all",
            "watch: partly; start and stop: partly; updates: yes; exec: no; files: yes; compose: yes; forward: yes"
        ),
        ("deny all", "watch: no; start and stop: no; updates: no; exec: no; files: no; compose: no; forward: no"),
    ])
    func worksAreSummedUp(rules: String, text: String) throws {
        #expect(PolicySummary(try HostPolicyTests.policy(rules)).text == text)
    }

    @Test func restrictionsLeaveOutWhatIsNotRestricted() throws {
        #expect(
            PolicySummary(try HostPolicyTests.policy("allow update\nallow exec")).restrictions
                == "files: no; compose: no; forward: no"
        )
        #expect(PolicySummary(HostPolicy([.all], setting: "POLICY=all")).restrictions == "")
    }
}
