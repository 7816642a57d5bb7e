import Testing

@testable import ContainerWatch

@Suite struct PodmanRequestTests {
    private static func findings(_ json: String) throws -> [String] {
        var selection = RuleSelection()
        selection.profile = .full
        selection.minimum = .medium
        let request = try PodmanRequest.read(Array(json.utf8), name: "web")
        return ContainerCheck(selection).findings(in: request).map {
            "\($0.rule) \($0.severity.rawValue) \($0.resource)"
        }
    }

    /// Podman copies lines of that file into the container, and reads it as root.
    @Test(
        arguments: [
            ("/etc/shadow", true), ("etc/shadow", true), ("../etc/shadow", true), ("/etc/hosts", false), ("", false),
            ("image", false), ("none", false),
        ] as [(String, Bool)]
    )
    func theBaseOfHostsIsReadOfTheHost(path: String, isFound: Bool) throws {
        // A mount of the container's at the same place does not hide it.
        let findings = try Self.findings(
            #"{"user":"1","base_hosts_file":"\#(path)","#
                + #""mounts":[{"type":"bind","source":"/srv/h","destination":"/etc/hosts","options":["ro"]}]}"#
        )
        #expect(findings.contains("sensitive-host-mount medium /etc/shadow") == isFound, "\(findings)")
    }

    @Test(arguments: ["", "enabled", "no-conmon", "split"])
    func controlGroupsAreOfSomeMode(mode: String) throws {
        _ = try PodmanRequest.read(Array(#"{"cgroups_mode":"\#(mode)"}"#.utf8), name: "web")
    }

    /// The filter for devices is attached to the control group.
    @Test(arguments: ["disabled", "Disabled", "a-newer-mode"])
    func aContainerWithoutControlGroupsIsRefused(mode: String) {
        let fault = CreateRequest.Fault.opaque("the mode '\(mode)' of control groups (cgroups_mode)")
        #expect(throws: fault) {
            try PodmanRequest.read(Array(#"{"Cgroups_Mode":"\#(mode)"}"#.utf8), name: "web")
        }
    }
}
