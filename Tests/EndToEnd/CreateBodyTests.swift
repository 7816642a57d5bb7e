import Foundation
import Testing

extension EndToEnd {
    /// A body of a creation is read as the engine reads it: what the engine makes of random bodies, and what `ADMISSION=deny` says
    /// to them.
    @Suite struct CreateBodyTests {
        /// Few beside the other tests; `BODIES` asks for more, as the nightly run does.
        private static let count = ProcessInfo.processInfo.environment["BODIES"].flatMap { Int($0) } ?? 40

        /// Members of `HostConfig` as clients write them, in one of several spellings.
        private static let members: [[String]] = [
            [#""Privileged":true"#, #""privileged":true"#, #""PRIVILEGED":true"#, #""Privileged":false"#],
            [
                #""Binds":["/etc:/e"]"#, #""binds":["//etc/../etc/:/e:ro"]"#, #""Binds":["/srv:/s","v-e2e:/v"]"#,
                #""Binds":["/var/../run:/r:ro"]"#, #""Binds":null"#,
            ],
            [
                #""Mounts":[{"Type":"bind","Source":"/usr","Target":"/u"}]"#,
                #""mounts":[{"type":"bind","source":"/usr/","target":"/u","readonly":true}]"#,
                #""Mounts":[{"Type":"tmpfs","Target":"/t"}]"#,
                #""Mounts":[{"Type":"volume","Target":"/w","VolumeOptions":{"DriverConfig":{"Name":"local","#
                    + #""Options":{"type":"none","o":"bind","device":"/etc"}}}}]"#,
            ],
            [#""CapAdd":["SYS_ADMIN"]"#, #""CapAdd":["cap_net_raw"]"#, #""capadd":"ALL""#, #""CapAdd":[]"#],
            [#""PidMode":"host""#, #""pidmode":"host""#, #""PidMode":"""#],
            [#""IpcMode":"host""#, #""IpcMode":"private""#],
            [#""NetworkMode":"host""#, #""networkmode":"none""#, #""UTSMode":"host""#],
            [
                #""SecurityOpt":["seccomp=unconfined"]"#, #""SecurityOpt":["no-new-privileges:1"]"#,
                #""SecurityOpt":["seccomp={\"defaultAction\":\"SCMP_ACT_ALLOW\"}"]"#,
                #""securityopt":["seccomp={\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"names\":[\"bpf\",\"acct\",\"iopl\","#
                    + #"\"ioperm\",\"swapon\",\"swapoff\",\"quotactl\",\"vhangup\",\"kexec_load\",\"init_module\"],"#
                    + #"\"action\":\"SCMP_ACT_ALLOW\"}]}"]"#,
            ],
            [#""MaskedPaths":[]"#, #""ReadonlyPaths":[]"#, #""MaskedPaths":null"#, #""readonlypaths":["/proc/bus"]"#],
            [
                #""DeviceCgroupRules":["b 8:* r"]"#, #""DeviceCgroupRules":["c 1:3 rwm"]"#,
                #""devicecgrouprules":["a *:* rwm"]"#,
            ],
            [#""Devices":[{"PathOnHost":"/dev/null","PathInContainer":"/dev/n","CgroupPermissions":"rwm"}]"#],
            [
                #""PortBindings":{"2375/tcp":[{"HostPort":"0"}]}"#,
                #""PortBindings":{"80/tcp":[{"HostIp":"127.0.0.1"}]}"#,
            ],
        ]

        private static func body(_ random: inout SplitMix) -> String {
            let chosen = self.members.filter { _ in random.next() % 4 == 0 }
            let host = chosen.map { $0[Int(random.next() % UInt64($0.count))] }.joined(separator: ",")
            let name = ["HostConfig", "hostconfig", "HOSTCONFIG"][Int(random.next() % 3)]
            return #"{"Image":"\#(Engine.image)","User":"1000","NetworkDisabled":false,"\#(name)":{\#(host)}}"#
        }

        /// The same bodies every time.
        private struct SplitMix {
            var state: UInt64

            mutating func next() -> UInt64 {
                self.state &+= 0x9E37_79B9_7F4A_7C15
                var mixed = self.state
                mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
                mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
                return mixed ^ mixed >> 31
            }
        }

        @Test func theAgentReadsABodyAsTheEngineDoes() async throws {
            try await Workbench.use { bench in
                let engine = Curl(bench: bench, socket: Engine.shared.socket)
                let agent = Curl(bench: bench, socket: try await bench.startStandard(["ADMISSION": "deny"]).socket)
                bench.atEnd { _ = try? await bench.direct("volume", "rm", "--force", "v-e2e") }
                var random = SplitMix(state: 1)
                var judged = 0
                for _ in 0..<Self.count {
                    let body = Self.body(&random)
                    let json = ["--header", "Content-Type: application/json", "--data", body]
                    let taken = try await engine("/containers/create", json[0], json[1], json[2], json[3])
                    // What the engine refuses by itself tells nothing.
                    guard taken.status == 201 else { continue }
                    let id = taken.body.split(separator: "\"").dropFirst(3).first.map(String.init) ?? ""
                    let document = try await bench.direct("inspect", id)
                    _ = try await bench.direct("rm", "--volumes", id)
                    let file = try bench.write(document.bytes, to: "inspect.json")
                    let audit = try await bench.run(try Paths.built("lookout"), ["audit", file])
                    let answer = try await agent("/containers/create", json[0], json[1], json[2], json[3])
                    #expect((answer.status == 403) == (audit.status == 1), "\(body)\n\(audit.output)\n\(answer.body)")
                    judged += 1
                    guard answer.status == 201 else { continue }
                    let made = answer.body.split(separator: "\"").dropFirst(3).first.map(String.init) ?? ""
                    _ = try await bench.direct("rm", "--volumes", made)
                }
                #expect(judged > Self.count / 2)
            }
        }
    }
}
