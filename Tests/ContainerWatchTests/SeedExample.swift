import Base
import Testing

@testable import ContainerWatch

/// One inspect fragment and what the base rules say about it.
struct SeedExample: Sendable, CustomTestStringConvertible {
    let number: Int
    let fragment: String
    /// `rule severity [resource]`, in the order of the report.
    let expected: [String]

    init(_ number: Int, _ fragment: String, _ expected: String...) {
        self.number = number
        self.fragment = fragment
        self.expected = expected
    }

    var testDescription: String { "\(self.number): \(self.fragment)" }

    /// As a document of its own: a user without rights and the name `t`, where the fragment does not say otherwise.
    var document: JSONNode {
        get throws {
            var members = try JSONNode(parsing: Array(self.fragment.utf8)).members
            if !members.contains(where: { $0.name == "Config" }) {
                members.append(.init("Config", .object([.init("User", .text("1000"))])))
            }
            if !members.contains(where: { $0.name == "Name" }) { members.append(.init("Name", .text("t"))) }
            return .object(members)
        }
    }

    static let all: [SeedExample] = [
        SeedExample(
            1,
            #"{}"#
        ),
        SeedExample(
            2,
            #"{"Config":{}}"#,
            "root-user medium"
        ),
        SeedExample(
            3,
            #"{"Config":{"User":"0:0"}}"#,
            "root-user medium"
        ),
        SeedExample(
            4,
            #"{"Config":{"User":"root:root"}}"#,
            "root-user medium"
        ),
        SeedExample(
            5,
            #"{"Config":{"User":" 00 "}}"#,
            "root-user medium"
        ),
        SeedExample(
            6,
            #"{"Config":{"User":"1000:0"}}"#
        ),
        SeedExample(
            7,
            #"{"Config":{"User":"rootless"}}"#
        ),
        SeedExample(
            8,
            #"{"HostConfig":{"Privileged":true}}"#,
            "privileged-container critical"
        ),
        SeedExample(
            9,
            #"{"HostConfig":{"Privileged":"true"}}"#
        ),
        SeedExample(
            10,
            #"{"HostConfig":{"Privileged":true,"SecurityOpt":["label=disable"]},"#
                + #""Config":{"User":"root"}}"#,
            "privileged-container critical",
            "root-user medium"
        ),
        SeedExample(
            11,
            #"{"Mounts":[{"Type":"bind","Source":"/var/run/docker.sock","Destination":"/s","RW":false,"#
                + #""Mode":"ro"}]}"#,
            "docker-socket-mount critical [/var/run/docker.sock]"
        ),
        SeedExample(
            12,
            #"{"Mounts":[{"Type":"bind","Source":"/run/docker.sock","#
                + #""Destination":"/var/run/docker.sock","RW":true}]}"#,
            "docker-socket-mount critical [/run/docker.sock]"
        ),
        SeedExample(
            13,
            #"{"Mounts":[{"Type":"bind","Source":"/run/user/1000/docker.sock","Destination":"/s","#
                + #""RW":true}]}"#,
            "docker-socket-mount critical [/run/user/1000/docker.sock]"
        ),
        SeedExample(
            14,
            #"{"Mounts":[{"Type":"bind","Source":"/run/containerd/containerd.sock","Destination":"/c","#
                + #""RW":false}]}"#,
            "runtime-socket-mount critical [/run/containerd/containerd.sock]"
        ),
        SeedExample(
            15,
            #"{"HostConfig":{"Binds":["/run/podman/podman.sock:/p"]}}"#,
            "runtime-socket-mount critical [/run/podman/podman.sock]"
        ),
        SeedExample(
            16,
            #"{"Mounts":[{"Type":"bind","Source":"/var/run/sockguard/sockguard.sock","#
                + #""Destination":"/var/run/docker.sock","RW":true}]}"#
        ),
        SeedExample(
            17,
            #"{"Mounts":[{"Type":"bind","Source":"/","Destination":"/host","RW":true}]}"#,
            "sensitive-host-mount high [/]"
        ),
        SeedExample(
            18,
            #"{"Mounts":[{"Type":"bind","Source":"/etc","Destination":"/e","RW":false,"Mode":"z"}]}"#,
            "sensitive-host-mount medium [/etc]"
        ),
        SeedExample(
            19,
            #"{"Mounts":[{"Type":"bind","Source":"/etc","Destination":"/e","RW":true,"#
                + #""Mode":"rprivate"}]}"#,
            "sensitive-host-mount high [/etc]"
        ),
        SeedExample(
            20,
            #"{"Mounts":[{"Source":"/etc/shadow","Destination":"/x","Mode":"ro,Z"}]}"#,
            "sensitive-host-mount medium [/etc/shadow]"
        ),
        SeedExample(
            21,
            #"{"Mounts":[{"Type":"bind","Source":"/etcetera","Destination":"/x","RW":true}]}"#
        ),
        SeedExample(
            22,
            #"{"Mounts":[{"Type":"volume","Name":"v","Source":"/var/lib/docker/volumes/v/_data","#
                + #""Destination":"/etc","RW":true}]}"#
        ),
        SeedExample(
            23,
            #"{"HostConfig":{"Binds":["//etc/:/a","/srv/../proc:/b:ro","data:/sys","/opt:/c"]}}"#,
            "sensitive-host-mount high [/etc]",
            "sensitive-host-mount medium [/proc]"
        ),
        SeedExample(
            24,
            #"{"HostConfig":{"Mounts":[{"Type":"bind","Source":"/sys/fs/cgroup","#
                + #""Target":"/sys/fs/cgroup","ReadOnly":true},{"Type":"tmpfs","Target":"/proc"}]}}"#,
            "sensitive-host-mount medium [/sys/fs/cgroup]"
        ),
        SeedExample(
            25,
            #"{"Mounts":[{"Type":"bind","Source":"/etc","Destination":"/e","RW":false}],"#
                + #""HostConfig":{"Binds":["/etc:/e/"]}}"#,
            "sensitive-host-mount medium [/etc]"
        ),
        SeedExample(
            26,
            #"{"Mounts":[{"Type":"bind","Source":"/etc/localtime","Destination":"/etc/localtime","#
                + #""RW":false}]}"#,
            "sensitive-host-mount low [/etc/localtime]"
        ),
        SeedExample(
            27,
            #"{"Mounts":[{"Type":"bind","Source":"/var/run","Destination":"/r","RW":false}]}"#,
            "sensitive-host-mount high [/var/run]"
        ),
        SeedExample(
            28,
            #"{"Mounts":[{"Type":"bind","Source":"/root/.ssh","Destination":"/k","RW":false},"#
                + #"{"Type":"bind","Source":"/var/lib/docker","Destination":"/d","RW":true}]}"#,
            "sensitive-host-mount high [/var/lib/docker]",
            "sensitive-host-mount medium [/root/.ssh]"
        ),
        SeedExample(
            29,
            #"{"HostConfig":{"PidMode":"host","NetworkMode":"host"}}"#,
            "host-network high",
            "host-pid-namespace high"
        ),
        SeedExample(
            30,
            #"{"HostConfig":{"PidMode":"container:abc","NetworkMode":"container:abc"}}"#
        ),
        SeedExample(
            31,
            #"{"NetworkSettings":{"Networks":{"host":{}}}}"#,
            "host-network high"
        ),
        SeedExample(
            32,
            #"{"HostConfig":{"CapAdd":["cap_sys_admin","SYS_ADMIN","CAP_NET_BIND_SERVICE"]}}"#,
            "dangerous-capability high [SYS_ADMIN]"
        ),
        SeedExample(
            33,
            #"{"HostConfig":{"CapAdd":["ALL","CAP_NET_ADMIN"],"CapDrop":["ALL","NET_ADMIN"]}}"#,
            "dangerous-capability high [ALL]",
            "dangerous-capability high [NET_ADMIN]"
        ),
        SeedExample(
            34,
            #"{"HostConfig":{"CapAdd":["all"," net_raw "]}}"#,
            "dangerous-capability high [ALL]",
            "dangerous-capability high [NET_RAW]"
        ),
        SeedExample(
            35,
            #"{"HostConfig":{"CapAdd":"SYS_ADMIN","PidMode":"host"}}"#,
            "host-pid-namespace high"
        ),
        SeedExample(
            36,
            #"{"HostConfig":{"SecurityOpt":["seccomp=unconfined","apparmor:unconfined"]}}"#,
            "apparmor-unconfined high",
            "seccomp-unconfined high"
        ),
        SeedExample(
            37,
            #"{"HostConfig":{"SecurityOpt":["Seccomp:Unconfined","seccomp=unconfined","label:disable","#
                + #""no-new-privileges"]}}"#,
            "seccomp-unconfined high"
        ),
        SeedExample(
            38,
            #"{"HostConfig":{"SecurityOpt":["seccomp={\"names\":[\"unconfined\"]}","#
                + #""apparmor=docker-default"]}}"#
        ),
        SeedExample(
            39,
            #"{"AppArmorProfile":"unconfined","HostConfig":{"SecurityOpt":["apparmor=unconfined"]}}"#,
            "apparmor-unconfined high"
        ),
        SeedExample(
            40,
            #"{"NetworkSettings":{"Ports":{"2375/tcp":[{"HostIp":"127.0.0.1","HostPort":"2375"}]}}}"#,
            "docker-api-exposed critical [2375/tcp]"
        ),
        SeedExample(
            41,
            #"{"Config":{"User":"9","ExposedPorts":{"2375/tcp":{}}},"#
                + #""NetworkSettings":{"Ports":{"2375/tcp":null}}}"#,
            "docker-api-exposed critical [2375/tcp]"
        ),
        SeedExample(
            42,
            #"{"NetworkSettings":{"Ports":{"23750/tcp":null,"2375/udp":[{"HostIp":"","#
                + #""HostPort":"2375"}]}}}"#
        ),
        SeedExample(
            43,
            #"{"HostConfig":{"PortBindings":{"80/tcp":[{"HostIp":"0.0.0.0","HostPort":"2375"}]}}}"#,
            "docker-api-exposed critical [80/tcp]"
        ),
        SeedExample(
            44,
            #"{"HostConfig":{"PortBindings":{"2375":[{"HostIp":"","HostPort":""}]},"#
                + #""NetworkMode":"none"}}"#,
            "docker-api-exposed critical [2375/tcp]"
        ),
        SeedExample(
            45,
            #"{"Mounts":"x","HostConfig":null,"NetworkSettings":[],"Config":null}"#,
            "root-user medium"
        ),
        SeedExample(
            46,
            #"{"Mounts":[null,7,{"Type":"bind"},{"Type":"bind","Source":"relative","#
                + #""Destination":"/x"}],"HostConfig":{"Binds":[null,"",":","/etc"]}}"#
        ),
        SeedExample(
            47,
            #"{"HostConfig":{"Privileged":true,"CapAdd":["SYS_PTRACE"],"PidMode":"host","#
                + #""SecurityOpt":["seccomp=unconfined"]},"Mounts":[{"Type":"bind","#
                + #""Source":"/var/run/docker.sock","Destination":"/d","RW":true},{"Type":"bind","#
                + #""Source":"/proc","Destination":"/p","RW":false}]}"#,
            "docker-socket-mount critical [/var/run/docker.sock]",
            "privileged-container critical",
            "dangerous-capability high [SYS_PTRACE]",
            "host-pid-namespace high",
            "seccomp-unconfined high",
            "sensitive-host-mount medium [/proc]"
        ),
        SeedExample(
            48,
            #"{"HostConfig":{"UTSMode":"host","IpcMode":"host","Devices":[{"PathOnHost":"/dev/mem"}],"#
                + #""ReadonlyRootfs":false}}"#
        ),
    ]
}
