import Base
import NIOCore
import Testing

@testable import DockerBridge

@Suite struct ContainerInspectTests {
    /// - Parameter members: put after the id and the name.
    private func read(_ members: String = "") throws -> ContainerRecord {
        try ContainerInspect.read(ByteBuffer(string: #"{"Id":"c1","Name":"/web"\#(members)}"#))
    }

    @Test func theSlashBeforeANameIsTheEngines() throws {
        let record = try self.read()
        #expect(record.id == "c1")
        #expect(record.name == "web")
    }

    @Test(
        arguments: [
            (#""Running":true"#, ContainerRecord.Status.running),
            (#""Running":true,"Paused":true"#, .paused),
            (#""Running":true,"Restarting":true"#, .restarting),
            (#""Dead":true"#, .dead),
            (#""Status":"created""#, .created),
            (#""Status":"exited""#, .stopped),
            (#""Status":"removing""#, .stopped),
        ]
    )
    func theFlagsSayHowItIs(flags: String, status: ContainerRecord.Status) throws {
        #expect(try self.read(#","State":{\#(flags)}"#).status == status)
    }

    @Test(arguments: ["starting", "healthy", "unhealthy"])
    func healthIsOneOfThree(word: String) throws {
        let record = try self.read(#","State":{"Health":{"Status":"\#(word)","Log":[{"Output":"{"}]}}"#)
        #expect(record.health?.rawValue == word)
    }

    @Test(arguments: [#"{"Status":"none"}"#, #"{"Status":""}"#, "{}", "null", #""healthy""#])
    func everythingElseIsNoHealth(health: String) throws {
        #expect(try self.read(#","State":{"Health":\#(health)}"#).health == nil)
    }

    @Test func aStartInTheYearOneWasNone() throws {
        let never = try self.read(#","State":{"StartedAt":"0001-01-01T00:00:00Z"}"#)
        #expect(never.details.startedAt == nil)
        let once = try self.read(#","State":{"StartedAt":"2026-11-27T08:00:00.123456789Z"}"#)
        #expect(once.details.startedAt == "2026-11-27T08:00:00.123456789Z")
    }

    @Test func labelsAreAllKeptInOrder() throws {
        let long = String(repeating: "x", count: 100_000)
        let record = try self.read(#","Config":{"Labels":{"b":"","a":"\#(long)","odd":7}}"#)
        #expect(record.labels == [ContainerRecord.Pair("a", long), ContainerRecord.Pair("b", "")])
        #expect(record.label("b") == nil)
    }

    private static func list(_ count: Int, _ entry: (Int) -> String) -> String {
        (0..<count).map(entry).joined(separator: ",")
    }

    private static let half = String(repeating: "x", count: 140_000)

    @Test(arguments: [
        #""Config":{"Labels":{"a":"\#(half)"},"Env":["A=\#(half)"]}"#,
        #""Config":{"Cmd":["\#(half)","\#(half)"]}"#,
        #""Config":{"Env":[\#(list(10_000) { _ in #""A""# })]}"#,
        #""Config":{"Labels":{\#(list(10_000) { #""\#($0)":"""# })}}"#,
        #""NetworkSettings":{"Networks":{\#(list(10_000) { #""\#($0)":{}"# })}}"#,
        #""Mounts":[\#(list(10_000) { #"{"Source":"/\#($0)","Destination":"/x"}"# })]"#,
    ])
    func aContainerWithTextsThatAreTooLongIsUnusable(members: String) throws {
        let reason = "its labels, variables, command, networks and mounts take more than 262144 bytes"
        #expect(throws: ContainerInspect.Unusable(reason: reason)) { try self.read("," + members) }
    }

    @Test func aContainerWithManyLabelsAndVariablesIsRead() throws {
        let labels = Self.list(1_000) { #""\#($0)":"some value of a label""# }
        let environment = Self.list(1_000) { #""A\#($0)=some value of a variable""# }
        let record = try self.read(
            #","Config":{"Labels":{\#(labels)},"Env":[\#(environment)],"Cmd":["\#(Self.half)"]}"#
        )
        #expect(record.labels.count == 1_000)
        #expect(record.details.environment.count == 1_000)
        #expect(record.extras.command == Self.half)
    }

    @Test func aVariableWithoutANameIsLeftOut() throws {
        let record = try self.read(#","Config":{"Env":["A=1=2","=x","B=","C","",7]}"#)
        #expect(record.details.environment.map { "\($0.key)|\($0.value)" } == ["A|1=2", "B|", "C|"])
    }

    @Test func mountsAreWrittenAsOneWouldAskForThem() throws {
        let record = try self.read(
            """
            ,"Mounts":[{"Type":"bind","Source":"/srv","Destination":"/data","RW":false},\
            {"Type":"volume","Name":"db","Source":"/var/lib/docker/volumes/db/_data","Destination":"/db","RW":true},\
            {"Type":"tmpfs","Source":"","Destination":"/run"},{"Type":"bind","Source":"/lost"},7]
            """
        )
        #expect(record.details.volumes == ["/srv:/data:ro", "db:/db", "tmpfs:/run"])
    }

    @Test func networksComeByTheirNames() throws {
        let record = try self.read(
            """
            ,"NetworkSettings":{"Networks":{"web":{"IPAddress":"10.1.0.2","Gateway":"10.1.0.1","Aliases":["x"]},\
            "db":{"IPAddress":"","Gateway":""},"odd":7}}
            """
        )
        #expect(
            record.extras.networks == [
                ContainerRecord.Network(name: "db"),
                ContainerRecord.Network(name: "web", address: "10.1.0.2", gateway: "10.1.0.1"),
            ]
        )
    }

    @Test func portsComeFromThreePlaces() throws {
        let record = try self.read(
            """
            ,"Config":{"ExposedPorts":{"9/udp":{},"80/tcp":{}}},\
            "HostConfig":{"PortBindings":{"80/tcp":[{"HostIp":"","HostPort":"8080"}],"443/tcp":[{"HostPort":""}]}},\
            "NetworkSettings":{"Ports":{"80/tcp":[{"HostIp":"0.0.0.0","HostPort":"8080"},\
            {"HostIp":"::","HostPort":"8080"}],"53/tcp":null,"odd":[]}}
            """
        )
        #expect(
            record.details.ports == ["9/udp", "53/tcp", "0.0.0.0:8080->80/tcp", "[::]:8080->80/tcp", "443/tcp"]
        )
    }

    @Test func whatWasAskedForIsToldWhileNothingIsBound() throws {
        let record = try self.read(
            """
            ,"HostConfig":{"PortBindings":{"80/tcp":[{"HostIp":"","HostPort":"8080"}],"81/tcp":[{"HostPort":"0"}]}},\
            "NetworkSettings":{"Ports":{}}
            """
        )
        #expect(record.details.ports == ["8080->80/tcp", "81/tcp"])
    }

    @Test(
        arguments: [
            ("", "cut"), ("[]", "no id"), (#"{"Name":"/web"}"#, "no id"), (#"{"Id":"c1","Name":"/"}"#, "no name"),
            (#"{"Id":"c1","Name":"/web""#, "cut"), (#"{"Id":7,"Name":"/web"}"#, "no id"),
        ]
    )
    func whatIsNoContainerIsRefused(text: String, part: String) {
        #expect { try ContainerInspect.read(ByteBuffer(string: text)) } throws: {
            ($0 as? ContainerInspect.Unusable)?.reason.isEmpty == false
                && (part == "cut" || "\($0)".contains(part))
        }
    }

    @Test(arguments: ["null", "7", "\"x\"", "[]", "{}", "[null]", #"{"a":null}"#])
    func oddValuesInAnyPlaceAreNoReasonToLoseIt(value: String) throws {
        for name in ["Image", "State", "Config", "HostConfig", "NetworkSettings", "Mounts"] {
            #expect(try self.read(#","\#(name)":\#(value)"#).id == "c1")
        }
        for name in ["Labels", "Env", "ExposedPorts", "Image", "Tty"] {
            #expect(try self.read(#","Config":{"\#(name)":\#(value)}"#).id == "c1")
        }
    }

    /// A record stays in memory: whatever it keeps has a bound.
    @Test func portsAndNamesHaveABoundToo() throws {
        let ports = { (count: Int) -> String in
            (0..<count).map { #""\#(1 + $0 % 65_535)/\#($0 < 65_535 ? "tcp" : "udp")":{}"# }.joined(separator: ",")
        }
        #expect(throws: ContainerInspect.Unusable.self) {
            try self.read(#","Config":{"ExposedPorts":{\#(ports(PortList.maximumEntries + 1))}}"#)
        }
        #expect(try self.read(#","Config":{"ExposedPorts":{\#(ports(1000))}}"#).details.ports.count == 1000)
        let long = String(repeating: "9", count: PortList.maximumTextBytes + 1)
        for binding in [#"{"HostIp":"\#(long)","HostPort":"1"}"#, #"{"HostPort":"\#(long)"}"#] {
            #expect(throws: ContainerInspect.Unusable.self) {
                try self.read(#","NetworkSettings":{"Ports":{"80/tcp":[\#(binding)]}}"#)
            }
        }
        #expect(throws: ContainerInspect.Unusable.self) {
            try self.read(#","Config":{"ExposedPorts":{"80/\#(long)":{}}}"#)
        }
        let name = String(repeating: "i", count: 300_000)
        #expect(throws: ContainerInspect.Unusable.self) { try self.read(#","Image":"\#(name)""#) }
    }
}
