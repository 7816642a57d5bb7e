import Testing

/// One kind of entry of which a document may have any number. Texts are long enough to be objects of their own.
struct LongList: Sendable, CustomTestStringConvertible {
    let name: String
    private let text: @Sendable (Int) -> String

    var testDescription: String { self.name }

    /// An inspect document; read as the body of a creation, some lists stand at another place.
    func document(_ count: Int) -> String { self.text(count) }

    private init(_ name: String, _ text: @escaping @Sendable (Int) -> String) {
        (self.name, self.text) = (name, text)
    }

    /// - Parameters:
    ///   - around: the document with `@` for the entries.
    private static func entries(
        _ name: String,
        _ around: String,
        _ entry: @escaping @Sendable (Int) -> String
    ) -> LongList {
        LongList(name) { count in
            let parts = around.split(separator: "@", omittingEmptySubsequences: false)
            return "\(parts[0])\((0..<count).map(entry).joined(separator: ","))\(parts[1])"
        }
    }

    private static func host(_ list: String, _ entry: @escaping @Sendable (Int) -> String) -> LongList {
        self.entries("HostConfig.\(list)", #"{"Config":{},"HostConfig":{"\#(list)":[@]}}"#, entry)
    }

    private static func config(_ list: String, _ entry: @escaping @Sendable (Int) -> String) -> LongList {
        self.entries("Config.\(list)", #"{"HostConfig":{},"Config":{"\#(list)":[@]},"\#(list)":[]}"#, entry)
    }

    /// As long as `count` says, once.
    private static func text(_ name: String, _ around: String, _ unit: String) -> LongList {
        LongList(name) { count in
            let parts = around.split(separator: "@", omittingEmptySubsequences: false)
            return "\(parts[0])\(String(repeating: unit, count: count))\(parts[1])"
        }
    }

    private static let binding = #"{"HostIp":"2001:db8:1234:5678:9abc::NUMBER","HostPort":"NUMBER"}"#

    /// From 10,000 on: no rule looks for such a port, so each does the same for few as for many.
    private static func binding(_ number: Int) -> String {
        let number = "\(10_000 + number)"
        return self.binding.split(separator: "NUMBER", omittingEmptySubsequences: false).joined(separator: number)
    }

    static let all: [LongList] =
        [
            entries(
                "Mounts",
                #"{"Mounts":[@]}"#
            ) {
                #"{"Type":"bind","Source":"/etc/a-long-name/\#($0)","Destination":"/a-long-destination/\#($0)","#
                    + #""Mode":"rshared"}"#
            },
            entries("volumes", #"{"Mounts":[@]}"#) {
                #"{"Type":"volume","Name":"a-volume-with-a-long-name-\#($0)","Destination":"/a-long-destination/\#($0)"}"#
            },
            host("Mounts") {
                #"{"Type":"bind","Source":"/var/lib/docker/a-long-name/\#($0)","Target":"/a-long-destination/\#($0)"}"#
            },
            host("Binds") { #""/run/user/a-long-name-\#($0)/docker.sock:/var/run/\#($0)/docker.sock:rshared""# },
            host("CapAdd") { #""A_LONG_CAPABILITY_\#($0)""# },
            host("CapDrop") { #""A_LONG_CAPABILITY_\#($0)""# },
            host("SecurityOpt") { #""seccomp=a-long-profile-\#($0)""# },
            host("GroupAdd") { #""00000000000000000000\#($0 % 2 * 7)""# },
            host("Devices") { #"{"PathOnHost":"/dev/mapper/a-long-name-\#($0)"}"# },
            host("DeviceCgroupRules") { #""a 1:\#($0) rwm with more words""# },
            entries("HostConfig.Sysctls", #"{"HostConfig":{"Sysctls":{@}}}"#) { #""net.a.long.name.of.\#($0)":"1""# },
            config("Env") { #""A_LONG_NAME_OF_A_PASSWORD_\#($0)=a-long-value-of-it""# },
            config("Cmd") { #""/usr/bin/a-long-name-\#($0)""# },
            config("Entrypoint") { #""/usr/bin/a-long-name-\#($0)""# },
            entries("Args", #"{"Path":"/usr/bin/one","Args":[@]}"#) { #""/usr/bin/a-long-name-\#($0)""# },
            entries("NetworkSettings.Networks", #"{"NetworkSettings":{"Networks":{@}}}"#) {
                #""a-network-with-a-long-name-\#($0)":{}"#
            },
            entries("exposed ports", #"{"Config":{"ExposedPorts":{@}}}"#) { #""\#(10_000 + $0)/tcp":{}"# },
            entries("requested ports", #"{"HostConfig":{"PortBindings":{@}}}"#) {
                #""\#(10_000 + $0)/tcp":[\#(binding($0))]"#
            },
            entries("published ports", #"{"NetworkSettings":{"Ports":{@}}}"#) {
                #""\#(10_000 + $0)/tcp":[\#(binding($0))]"#
            },
            entries("bindings of one port", #"{"NetworkSettings":{"Ports":{"2375/tcp":[@]}}}"#) { binding($0) },
            entries("bindings of one address", #"{"NetworkSettings":{"Ports":{@}}}"#) {
                #""80/tcp":[\#(binding($0))]"#
            },
            entries("members at the top", #"{@,"HostConfig":{"Privileged":true}}"#) {
                #""a-member-with-long-name-\#($0)":1"#
            },
            entries("members of HostConfig", #"{"HostConfig":{@,"Privileged":true}}"#) {
                #""a-member-with-long-name-\#($0)":1"#
            },
            entries("members of one name", #"{@}"#) {
                #""Config\#($0 < 0 ? "x" : "")":{"User":"a-long-name-of-a-user-\#($0)"}"#
            },
            entries("labels", #"{"Config":{"Labels":{@}}}"#) {
                #""a.label.with.a.long.name.\#($0)":"a-long-value-of-it""#
            },
            host("Ulimits") { #"{"Name":"a-limit-with-a-long-name-\#($0)","Hard":-1}"# },
            host("VolumesFrom") { #""a-container-with-a-long-name-\#($0):ro""# },
            host("MaskedPaths") { #""/proc/a-long-name-of-a-path-\#($0)""# },
            host("ReadonlyPaths") { #""/proc/a-long-name-of-a-path-\#($0)""# },
            host("ExtraHosts") { #""a-host-with-a-long-name-\#($0):host-gateway""# },
            host("DeviceRequests") { #"{"DeviceIDs":["a-device-with-a-long-name-\#($0)"],"Capabilities":[["gpu"]]}"# },
            entries("devices of a request", #"{"HostConfig":{"DeviceRequests":[{"DeviceIDs":[@]}]}}"#) {
                #""a-device-with-a-long-name-\#($0)""#
            },
            entries("kinds of a request", #"{"HostConfig":{"DeviceRequests":[{"Capabilities":[@]}]}}"#) {
                #"["a-kind-with-a-long-name-\#($0)"]"#
            },
            entries("volumes with options", #"{"HostConfig":{"Mounts":[@]}}"#) {
                #"{"Type":"volume","Source":"a-volume-with-a-long-name-\#($0)","Target":"/a-long-destination/\#($0)","#
                    + #""VolumeOptions":{"DriverConfig":{"Options":{"o":"bind","device":"/etc/a-long-name-\#($0)"}}}}"#
            },
            text("a long unmasked path", #"{"HostConfig":{"SecurityOpt":["unmask=@"]}}"#, "/a:"),
            text(
                "a long seccomp profile",
                #"{"HostConfig":{"SecurityOpt":["seccomp={@}"]}}"#,
                "\\\"a-long-name\\\":1,"
            ),
            entries("calls of a seccomp profile", #"{"HostConfig":{"SecurityOpt":["seccomp={\"syscalls\":[@]}"]}}"#) {
                #"{\"names\":[\"bpf\",\"a-call-with-a-long-name-\#($0)\"],\"action\":\"SCMP_ACT_ALLOW\",\"includes\":"#
                    + #"{\"caps\":[\"A_LONG_CAPABILITY_\#($0)\"]}}"#
            },
            text(
                "a long overlay",
                #"{"HostConfig":{"Mounts":[{"VolumeOptions":{"DriverConfig":{"Options":{"type":"overlay","o":"lowerdir=@"}}}}]}}"#,
                "/etc:"
            ),
            text(
                "long options",
                #"{"HostConfig":{"Mounts":[{"VolumeOptions":{"DriverConfig":{"Options":{"o":"@"}}}}]}}"#,
                "bind,ro,"
            ),
            text("a long URL", #"{"Config":{"Env":["A=http://@"]}}"#, "a:b@"),
            text("many URLs", #"{"Config":{"Env":["A=@"]}}"#, "http://a:b?c "),
            text("quotes in a URL", #"{"Config":{"Env":["A=http://@"]}}"#, "'a:b@"),
            text("a long DOCKER_HOST", #"{"Config":{"Env":["DOCKER_HOST=tcp://@"]}}"#, ":23"),
            text("a long value", #"{"Config":{"Env":["A_PASSWORDS=@"]}}"#, "password"),
            text("a long image", #"{"Config":{"Image":"@"}}"#, "a/"),
            text("a long user", #"{"Config":{"User":"@"}}"#, " 0:"),
            text("a long name", #"{"Name":"@"}"#, "/a"),
            text("a long path", #"{"HostConfig":{"Binds":["@:/a"]}}"#, "/etc/.."),
            text("a long variable", #"{"Config":{"Env":["@=a"]}}"#, "PASSWOR"),
            text("a long option", #"{"HostConfig":{"SecurityOpt":["@"]}}"#, " a:="),
            text("a long number", #"{"HostConfig":{"Memory":1@}}"#, "0"),
            text("a long word", #"{"Config":{"Cmd":["@"]}}"#, "a / "),
            text("a long device rule", #"{"HostConfig":{"DeviceCgroupRules":["@"]}}"#, "b *:* "),
            text("escapes", #"{"Name":"@"}"#, #"\ud800\u0041"#),
            text("depth", #"{"HostConfig":[@]}"#, "[]," + "[[[]]],").closed,
        ] + ofPodman + ofServices

    /// Lists in the body of a request of Podman's own.
    private static func podman(_ list: String, _ entry: @escaping @Sendable (Int) -> String) -> LongList {
        self.entries("Podman's \(list)", #"{"\#(list)":[@]}"#, entry)
    }

    private static let ofPodman: [LongList] = [
        podman("mounts") {
            #"{"type":"bind","source":"/etc/a-long-name/\#($0)","destination":"/a/\#($0)","options":["rbind","ro"]}"#
        },
        podman("volumes") { #"{"name":"a-volume-with-a-long-name-\#($0)","dest":"/a-long-destination/\#($0)"}"# },
        podman("overlay_volumes") { #"{"source":"/etc/a-long-name/\#($0)","options":["upperdir=/usr/\#($0)"]}"# },
        podman("devices") { #"{"path":"/dev/mapper/a-long-name-\#($0):/dev/a:rwm"}"# },
        podman("device_cgroup_rule") { #"{"allow":true,"type":"c","major":1,"minor":\#($0),"access":"rwm"}"# },
        podman("portmappings") { #"{"container_port":\#(10_000 + $0),"host_ip":"2001:db8::\#($0)"}"# },
        podman("cap_add") { #""A_LONG_CAPABILITY_\#($0)""# },
        podman("unmask") { #""/proc/a-long-name-of-a-path-\#($0)""# },
        podman("selinux_opts") { #""type:a-long-name-of-a-type-\#($0)""# },
        podman("volumes_from") { #""a-container-with-a-long-name-\#($0):ro""# },
        entries("options of Podman's mount", #"{"mounts":[{"type":"bind","source":"/a","options":[@]}]}"#) {
            #""an-option-with-a-long-name-\#($0)""#
        },
        entries("Podman's env", #"{"env":{@}}"#) { #""A_LONG_NAME_OF_A_PASSWORD_\#($0)":"a-long-value-of-it""# },
        entries("Podman's expose", #"{"expose":{@}}"#) { #""\#(10_000 + $0)":"tcp""# },
        entries("Podman's networks", #"{"networks":{@}}"#) { #""a-network-with-a-long-name-\#($0)":{}"# },
        entries("Podman's members", #"{@}"#) { #""a_member_with_a_long_name_\#($0)":null"# },
    ]

    /// Lists in the body of a request for a service of a swarm.
    private static func task(_ list: String, _ entry: @escaping @Sendable (Int) -> String) -> LongList {
        self.entries("a service's \(list)", #"{"TaskTemplate":{"ContainerSpec":{"\#(list)":[@]}}}"#, entry)
    }

    private static let ofServices: [LongList] = [
        task("Mounts") { #"{"Type":"bind","Source":"/etc/a-long-name/\#($0)","Target":"/a-long-destination/\#($0)"}"# },
        task("CapabilityAdd") { #""A_LONG_CAPABILITY_\#($0)""# },
        task("Env") { #""A_LONG_NAME_OF_A_PASSWORD_\#($0)=a-long-value-of-it""# },
        entries("a service's networks", #"{"TaskTemplate":{"Networks":[@]}}"#) {
            #"{"Target":"a-network-with-a-long-name-\#($0)"}"#
        },
        entries("a service's ports", #"{"TaskTemplate":{},"EndpointSpec":{"Ports":[@]}}"#) {
            #"{"TargetPort":\#(10_000 + $0),"PublishedPort":\#(10_000 + $0)}"#
        },
        text(
            "a service's long profile",
            #"{"TaskTemplate":{"ContainerSpec":{"Privileges":{"Seccomp":{"Mode":"custom","Profile":"@"}}}}}"#,
            "eyJhIjpb"
        ),
        text(
            "a long template",
            #"{"TaskTemplate":{"ContainerSpec":{"Mounts":[{"Source":"@"}]}}}"#,
            "{a"
        ),
    ]

    private var closed: LongList {
        LongList(self.name) { self.text($0).replacing(",]}", with: "]}") }
    }
}
