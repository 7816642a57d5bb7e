import Testing

@testable import ContainerWatch

@Suite struct CreateRequestTests {
    private static func rules(_ json: String) throws -> [String] {
        var selection = RuleSelection()
        selection.profile = .full
        selection.minimum = .high
        let request = try CreateRequest(Array(json.utf8), name: "web")
        return ContainerCheck(selection).findings(in: request).map { "\($0.rule) \($0.container) \($0.resource)" }
    }

    private static func volume(device: String, options: String) -> String {
        #"{"HostConfig":{"Mounts":[{"Type":"volume","Source":"v","Target":"/x","VolumeOptions":{"DriverConfig":"#
            + #"{"Options":{"type":"ext4","o":"\#(options)","device":"\#(device)"}}}}]}}"#
    }

    /// Deeper than the agent reads, and not deeper than an engine does.
    private static let deepProfile: String = {
        let (open, close) = (String(repeating: "[", count: 600), String(repeating: "]", count: 600))
        let profile = #"{\"x\":\#(open)\#(close),\"defaultAction\":\"SCMP_ACT_ALLOW\"}"#
        return #"{"HostConfig":{"SecurityOpt":["seccomp=\#(profile)"]}}"#
    }()

    @Test func theOptionsOfAVolumeHaveOneName() {
        let json = #"{"DriverOpts":{"type":"none","o":"bind","device":"/etc"},"Options":{"device":"/srv/x"}}"#
        #expect(throws: CreateRequest.Fault.repeated("the options")) { try VolumeRequest.read(Array(json.utf8)) }
    }

    @Test(
        arguments: [
            (#"{"HostConfig":{"Privileged":true}}"#, "privileged-container web "),
            (#"{"hostconfig":{"PRIVILEGED":true}}"#, "privileged-container web "),
            (#"{"Ho\u017ftConfig":{"Privileged":true}}"#, "privileged-container web "),
            ("{\"HostConfig\":{\"Networ\u{212A}Mode\":\"host\"}}", "host-network web "),
            (#"{"Privileged":true,"HostConfig":{}}"#, "privileged-container web "),
            (
                #"{"HostConfig":{"Binds":["/var/run/docker.sock:/s:ro"]}}"#,
                "docker-socket-mount web /var/run/docker.sock"
            ),
            // Two destinations that look alike are two mounts.
            (
                #"{"HostConfig":{"Binds":["/srv/x:/\u00e9","/run/docker.sock:/e\u0301:ro"]}}"#,
                "docker-socket-mount web /run/docker.sock"
            ),
            (
                #"{"HostConfig":{"mounts":[{"type":"bind","source":"/etc","target":"/e"}]}}"#,
                "sensitive-host-mount web /etc"
            ),
            (#"{"HostConfig":{"CapAdd":"SYS_ADMIN"}}"#, "dangerous-capability web SYS_ADMIN"),
            (#"{"HostConfig":{"PortBindings":{"2375/tcp":[{"HostPort":"1"}]}}}"#, "docker-api-exposed web 2375/tcp"),
            (#"{"HostConfig":{"MaskedPaths":[]}}"#, "unmasked-system-paths web "),
            (#"{"HostConfig":{"ReadonlyPaths":[]}}"#, "unmasked-system-paths web "),
            (
                #"{"ExposedPorts":{"2375/tcp":{}},"HostConfig":{"PublishAllPorts":true}}"#,
                "docker-api-exposed web 2375/tcp"
            ),
            (
                #"{"HostConfig":{"Mounts":[{"Type":"bind","Source":"/usr/bin","Target":"/e","ReadOnly":true,"#
                    + #""BindOptions":{"readonlynonrecursive":true}}]}}"#,
                "extra-host-mount web /usr/bin"
            ),
            (
                #"{"HostConfig":{"Mounts":[{"Type":"volume","Source":"v","Target":"/x","VolumeOptions":{"DriverConfig":"#
                    + #"{"Options":{"type":"none","o":"bind","device":"/etc"}}}}]}}"#,
                "volume-on-host-path web /etc"
            ),
            (#"{"NetworkingConfig":{"EndpointsConfig":{"host":{}}}}"#, "host-network web "),
            (#"{"HostConfig":{"Devices":[{"PathOnHost":"dev/sda"}]}}"#, "host-device web /dev/sda"),
            (#"{"HostConfig":{"Binds":["/proc/1/root:/x:ro"]}}"#, "sensitive-host-mount web /proc/1/root"),
            (
                #"{"HostConfig":{"Binds":["/proc/7/task/8/cwd/run/docker.sock:/x:ro"]}}"#,
                "docker-socket-mount web /proc/7/task/8/cwd/run/docker.sock"
            ), (#"{"HostConfig":{"PidMode":"ns:/proc/../proc//2/ns/pid"}}"#, "host-pid-namespace web "),
            (
                #"{"HostConfig":{"SecurityOpt":["seccomp={\"\\u0044efaultAction\":\"\\u0053CMP_ACT_ALLOW\"}"]}}"#,
                "seccomp-unconfined web "
            ),
            (
                #"{"HostConfig":{"SecurityOpt":["seccomp={\"defaultAction\":\"SCMP_ACT_ERRNO\"}","#
                    + #""seccomp={\"defaultAction\":\"SCMP_ACT_ALLOW\"}"]}}"#,
                "seccomp-unconfined web "
            ),
            (Self.deepProfile, "seccomp-unconfined web "),
            (Self.volume(device: "/etc", options: "bind, ro"), "volume-on-host-path web /etc"),
            (Self.volume(device: "etc", options: "bind"), "volume-on-host-path web /etc"),
            (Self.volume(device: "dev/sda1", options: "ro"), "volume-on-host-path web /dev/sda1"),
            (
                #"{"Env":["DOCKER_HOST=tcp://dind:2375","DOCKER_HOST=tcp://host.docker.internal:2375"]}"#,
                "docker-host-env web "
            ),
        ] as [(String, String)]
    )
    func whatAnEngineWouldTakeIsSeen(json: String, expected: String) throws {
        #expect(try Self.rules(json) == [expected])
    }

    @Test(arguments: [
        "{}",
        #"{"Image":"busybox","HostConfig":{"NetworkMode":"none","Binds":["data:/etc"]},"User":"1000"}"#,
        // Names of the user's may repeat in another case.
        #"{"Labels":{"user":"a","User":"b","HostConfig":"c"},"HostConfig":{"Sysctls":{"type":"1","Type":"2"}}}"#,
        // What only a document of an engine has does not count.
        #"{"Mounts":7,"AppArmorProfile":"unconfined"}"#,
    ])
    func whatIsHarmlessIsNot(json: String) throws {
        #expect(try Self.rules(json) == [])
    }

    @Test(arguments: [
        (#"{"HostConfig":{"Privileged":true},"hostConfig":{}}"#, "the body names HostConfig twice"),
        (#"{"HostConfig":{"Privileged":true,"privileged":false}}"#, "the body names Privileged twice"),
        ("[]", "the body cannot be read: it is an array, not an object"),
    ])
    func whatCouldBeReadInTwoWaysIsRefused(json: String, reason: String) {
        let fault = #expect(throws: CreateRequest.Fault.self) { try CreateRequest(Array(json.utf8), name: "") }
        #expect(fault.map { "\($0)" } == reason)
    }

    @Test(arguments: ["", "{", "{} {}", "{}x"])
    func whatIsNoJSONIsRefused(json: String) {
        #expect(throws: CreateRequest.Fault.self) { try CreateRequest(Array(json.utf8), name: "") }
    }

}
