import Base
import Testing

@testable import ContainerWatch

/// Every rule beyond the base ones, met and just not met.
@Suite struct FurtherRuleTests {
    @Test(arguments: namespaces + mounts + confinement + privileges + resources + network + contents)
    func theRuleSaysExactlyThis(_ example: RuleExample) throws {
        var selection = RuleSelection()
        selection.only = [example.rule]
        let findings = ContainerCheck(selection).findings(in: try InspectDocument(json: example.fragment))
        #expect(findings.map(\.line) == example.expected.map { "\(example.rule) \($0)" })
    }

    @Test func everyRuleOfADocumentIsMetAndNotMet() {
        let examples =
            Self.namespaces + Self.mounts + Self.confinement + Self.privileges + Self.resources + Self.network
            + Self.contents
        let others: Set = ["volume-on-host-path", "shared-writable-path", "privileged-exec", "root-exec"]
        let expected = Set(RuleBook.further.map(\.id)).subtracting(others)
        #expect(Set(examples.filter { !$0.expected.isEmpty }.map(\.rule)) == expected)
        #expect(Set(examples.filter(\.expected.isEmpty).map(\.rule)) == expected)
    }

    private static func host(_ rule: String, _ member: String, _ expected: String...) -> RuleExample {
        RuleExample(rule: rule, fragment: #"{"HostConfig":{\#(member)}}"#, expected: expected)
    }

    static let namespaces = [
        host("host-ipc-namespace", #""IpcMode":"host""#, "high"), host("host-ipc-namespace", #""IpcMode":"private""#),
        host("host-uts-namespace", #""UTSMode":"host""#, "medium"), host("host-uts-namespace", #""UTSMode":"""#),
        host("host-user-namespace", #""UsernsMode":"host""#, "medium"), host("host-user-namespace", ""),
        host("host-cgroup-namespace", #""CgroupnsMode":"host""#, "low"),
        host("host-cgroup-namespace", #""CgroupnsMode":"private""#),
        host("shared-namespace", #""PidMode":"container:a","NetworkMode":"container:b""#, "low [network]", "low [pid]"),
        host("shared-namespace", #""IpcMode":"container:a""#, "low [ipc]"),
        host("shared-namespace", #""PidMode":"host""#),
    ]

    static let mounts = [
        host("extra-host-mount", #""Binds":["/usr/local:/u:ro"]"#, "medium [/usr/local]"),
        host("extra-host-mount", #""Binds":["/home:/h"]"#, "high [/home]"),
        host("extra-host-mount", #""Binds":["/var/log/a/b/c:/l"]"#, "medium [/var/log/a/b/c]"),
        host("extra-host-mount", #""Binds":["/home/a/b:/h","/data:/o","/etc:/e","v:/usr"]"#),
        host(
            "unknown-socket-on-docker-path",
            #""Binds":["/run/guard.sock:/var/run/docker.sock"]"#,
            "medium [/run/guard.sock]"
        ),
        host("unknown-socket-on-docker-path", #""Binds":["/run/docker.sock:/var/run/docker.sock","/a:/b"]"#),
        host("mount-propagation-shared", #""Binds":["/srv:/s:rshared"]"#, "medium [/srv]"),
        RuleExample(
            "mount-propagation-shared",
            #"{"Mounts":[{"Type":"bind","Source":"/srv","Destination":"/s","Propagation":"shared"}]}"#,
            "medium [/srv]"
        ),
        host("mount-propagation-shared", #""Binds":["/srv:/s:rslave"]"#),
        host("host-control-socket", #""Binds":["/run/systemd/private:/s:ro"]"#, "high [/run/systemd/private]"),
        host("host-control-socket", #""Binds":["/run/mine/private:/s","/run/dbus:/d"]"#),
        host("host-keys-mount", #""Binds":["/home/a/.ssh:/s"]"#, "high [/home/a/.ssh]"),
        host("host-keys-mount", #""Binds":["/home/a/.ssh/known_hosts:/s:ro","/srv/ssh:/t"]"#),
        host("volumes-from", #""VolumesFrom":["a:ro","b"]"#, "low [a:ro]", "low [b]"),
        host("volumes-from", #""VolumesFrom":null"#),
        host("host-device", #""Devices":[{"PathOnHost":"/dev/mem"}]"#, "critical [/dev/mem]"),
        host("host-device", #""Devices":[{"PathOnHost":"/dev/sda1"}]"#, "high [/dev/sda1]"),
        host("host-device", #""Devices":[{"PathOnHost":"/dev/mapper/x"}]"#, "high [/dev/mapper/x]"),
        host("host-device", #""Devices":[{"PathOnHost":"/dev/fuse"}]"#, "medium [/dev/fuse]"),
        host("host-device", #""Devices":[{"PathOnHost":"/dev/null"},7,{}]"#),
        host("device-cgroup-wildcard", #""DeviceCgroupRules":["a *:* rwm"]"#, "high"),
        host("device-cgroup-wildcard", #""DeviceCgroupRules":["b *:* w","c *:* m"]"#, "high"),
        host("device-cgroup-wildcard", #""DeviceCgroupRules":["b *:* r"]"#, "high"),
        host("device-cgroup-wildcard", #""DeviceCgroupRules":["c 1:3 rwm","c 189:* rwm","x"]"#),
    ]

    static let confinement = [
        host("unmasked-system-paths", #""MaskedPaths":[]"#, "high"),
        host("unmasked-system-paths", #""MaskedPaths":null"#),
        host("unmasked-system-paths", #""MaskedPaths":[],"Privileged":true"#),
        host("writable-cgroups", #""SecurityOpt":["writable-cgroups=true"]"#, "medium"),
        host("writable-cgroups", #""SecurityOpt":["writable-cgroups=false"]"#),
        host("selinux-disabled", #""SecurityOpt":["label:disable"]"#, "medium"),
        host("selinux-disabled", #""SecurityOpt":["label=disable"],"PidMode":"host""#),
        RuleExample("apparmor-missing", #"{"AppArmorProfile":""}"#, "low"), RuleExample("apparmor-missing", "{}"),
        host("custom-seccomp", #""SecurityOpt":["seccomp={}"]"#, "low"),
        host("custom-seccomp", #""SecurityOpt":["seccomp=builtin","seccomp:unconfined"]"#),
        RuleExample(
            "no-security-options",
            #"{"AppArmorProfile":"docker-default","HostConfig":{"SecurityOpt":null}}"#,
            "low"
        ),
        RuleExample(
            "no-security-options",
            #"{"AppArmorProfile":"docker-default","HostConfig":{"SecurityOpt":["no-new-privileges"]}}"#
        ), RuleExample("no-security-options", #"{"AppArmorProfile":"","ProcessLabel":""}"#),
        host("writable-root-filesystem", "", "low"), host("writable-root-filesystem", #""ReadonlyRootfs":true"#),
        host("custom-cgroup-parent", #""CgroupParent":"x""#, "low"),
        host("custom-cgroup-parent", #""CgroupParent":"""#),
    ]

    static let privileges = [
        host("added-capability", #""CapAdd":["CAP_SETPCAP","LEASE"]"#, "medium [LEASE]"),
        host("added-capability", #""CapAdd":["SYS_ADMIN","CHOWN"]"#),
        host("capabilities-not-dropped", #""CapDrop":["CHOWN"]"#, "low"),
        host("capabilities-not-dropped", #""CapDrop":["all"]"#),
        host("new-privileges-allowed", #""SecurityOpt":["no-new-privileges:false"]"#, "low"),
        host("new-privileges-allowed", #""SecurityOpt":["no-new-privileges:true"]"#),
        host("new-privileges-allowed", #""SecurityOpt":["no-new-privileges"]"#),
        RuleExample("root-group", #"{"Config":{"User":"1000:0"}}"#, "low"),
        RuleExample("root-group", #"{"Config":{"User":"1"},"HostConfig":{"GroupAdd":["docker"]}}"#, "low"),
        RuleExample("root-group", #"{"Config":{"User":"0:0"},"HostConfig":{"GroupAdd":["1"]}}"#),
    ]

    static let resources = [
        host("memory-unlimited", #""Memory":0"#, "low"), host("memory-unlimited", #""Memory":67108864"#),
        host("cpu-unlimited", #""CpuQuota":-1"#, "low"), host("cpu-unlimited", #""CpuShares":512"#),
        host("cpu-unlimited", #""NanoCpus":500000000"#),
        host("pids-unlimited", #""PidsLimit":-1"#, "low"), host("pids-unlimited", #""PidsLimit":null"#, "low"),
        host("pids-unlimited", #""PidsLimit":100"#),
        host("raised-ulimit", #""Ulimits":[{"Name":"core","Soft":0,"Hard":-1}]"#, "low [core]"),
        host("raised-ulimit", #""Ulimits":[{"Name":"nofile","Soft":1,"Hard":2000000}]"#, "low [nofile]"),
        host("raised-ulimit", #""Ulimits":[{"Name":"nofile","Soft":1,"Hard":1048576},{"Name":"nproc","Hard":99}]"#),
        host("unsafe-sysctl", #""Sysctls":{"kernel.msgmax":"1"}"#, "medium [kernel.msgmax]"),
        host("unsafe-sysctl", #""Sysctls":{"net.ipv4.tcp_syncookies":"1"}"#),
        host("restart-always", #""RestartPolicy":{"Name":"always"}"#, "low"),
        host("restart-always", #""RestartPolicy":{"Name":"on-failure","MaximumRetryCount":6}"#, "low"),
        host("restart-always", #""RestartPolicy":{"Name":"on-failure","MaximumRetryCount":5}"#),
        host("restart-always", #""RestartPolicy":{"Name":"unless-stopped"}"#, "low"),
        host("restart-always", #""RestartPolicy":{"Name":"no"}"#),
        RuleExample("no-healthcheck", #"{"Config":{"Healthcheck":{"Test":["NONE"]}}}"#, "low"),
        RuleExample("no-healthcheck", "{}", "low"),
        RuleExample("no-healthcheck", #"{"Config":{"Healthcheck":{"Test":["CMD","true"]}}}"#),
        RuleExample("no-healthcheck", #"{"State":{"Health":{}}}"#),
    ]

    static let network = [
        host("privileged-port", #""PortBindings":{"80/tcp":[{"HostPort":"80"}]}"#, "low [80/tcp]"),
        host("privileged-port", #""PortBindings":{"80/tcp":[{"HostPort":"1024"}]}"#),
        host("port-on-all-interfaces", #""PortBindings":{"80/tcp":[{"HostIp":"::","HostPort":"1"}]}"#, "low [80/tcp]"),
        host("port-on-all-interfaces", #""PortBindings":{"80/tcp":[{"HostIp":"127.0.0.1","HostPort":"1"}]}"#),
        host("docker-tls-port-open", #""PortBindings":{"2376":[{"HostPort":"2376"}]}"#, "low [2376/tcp]"),
        host("docker-tls-port-open", #""PortBindings":{"2376":[{"HostIp":"10.0.0.1","HostPort":"2376"}]}"#),
        host("default-bridge", #""NetworkMode":"default""#, "low"), host("default-bridge", #""NetworkMode":"mine""#),
        RuleExample("ssh-server", #"{"Config":{"ExposedPorts":{"22/tcp":{}}}}"#, "low [22/tcp]"),
        RuleExample("ssh-server", #"{"Path":"/usr/sbin/sshd"}"#, "low"),
        RuleExample("ssh-server", #"{"Path":"/bin/sshdx","Args":["ssh"]}"#),
    ]

    static let contents = [
        RuleExample("docker-host-env", #"{"Config":{"Env":["DOCKER_HOST=tcp://h:2375"]}}"#, "low"),
        RuleExample("docker-host-env", #"{"Config":{"Env":["DOCKER_HOST=tcp://172.17.0.1:2375"]}}"#, "high"),
        RuleExample("docker-host-env", #"{"Config":{"Env":["DOCKER_HOST=tcp://h:2376","A=tcp://h:2375"]}}"#),
        RuleExample("secret-in-environment", #"{"Config":{"Env":["db_password=x","API_KEY=y"]}}"#, "medium"),
        RuleExample("secret-in-environment", #"{"Config":{"Env":["PASSWORD_FILE=/x","TOKEN=","A=PASSWORD"]}}"#),
        RuleExample("mutable-image", #"{"Config":{"Image":"h:5000/busybox"}}"#, "low"),
        RuleExample("mutable-image", #"{"Config":{"Image":"busybox:latest"}}"#, "low"),
        RuleExample("mutable-image", #"{"Config":{"Image":"busybox:1.36"}}"#),
        RuleExample("mutable-image", #"{"Config":{"Image":"busybox@sha256:00"}}"#),
    ]

    @Test func aSecretIsNamedAndItsValueIsNot() throws {
        var selection = RuleSelection()
        selection.profile = .full
        let json = #"{"Config":{"Env":["A_TOKEN=hunter2"],"Labels":{"x":"hunter2"},"Cmd":["sshd","hunter2"]}}"#
        let report = Report(
            containersInspected: 1,
            findings: ContainerCheck(selection).findings(in: try InspectDocument(json: json))
        )
        #expect(report.json.spread.contains("A_TOKEN"))
        #expect(!report.json.spread.contains("hunter2"))
    }

    @Test(arguments: [
        (#"{"Name":"v","Driver":"local","Options":{"o":"bind","device":"/etc"}}"#, ["high [/etc]"]),
        (#"{"Name":"v","Driver":"local","Options":{"o":"ro, bind","device":"/etc"}}"#, ["medium [/etc]"]),
        (
            #"{"Name":"v","Driver":"local","Options":{"o":"bind","device":"/var/run/docker.sock"}}"#,
            ["critical [/var/run/docker.sock]"]
        ), (#"{"Name":"v","Driver":"local","Options":{"o":"bind","device":"/srv"}}"#, []),
        (#"{"Name":"v","Driver":"other","Options":{"o":"bind","device":"/etc"}}"#, []),
        (#"{"Name":"v","Driver":"local","Options":null}"#, []),
    ])
    func aVolumeOnAHostPathIsFound(json: String, expected: [String]) throws {
        var selection = RuleSelection()
        selection.only = ["volume-on-host-path"]
        let volume = VolumeDocument(try JSONNode(parsing: Array(json.utf8)))
        let findings = ContainerCheck(selection).findings(in: try InspectDocument(json: "{}"), volumes: [volume])
        #expect(findings.map(\.line) == expected.map { "volume-on-host-path \($0)" })
    }
}
