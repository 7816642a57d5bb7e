import Foundation
import Testing

extension EndToEnd {
    /// Each way by which a container owns the host in one step: the engine takes it, where the machine lets it the host is owned,
    /// and `ADMISSION=deny` refuses it through both doors.
    @Suite struct HostOwnershipTests {
        struct Way: Sendable, CustomTestStringConvertible {
            let rule: String
            /// The members of `HostConfig`; `LINK` is a symbolic link to the top of the host, `FOLDER` the folder of the marker.
            let host: String
            /// Prints the marker, from within the container; `nil` where the machine may not have what it takes. `SHM` is a copy of
            /// the marker in the host's shared memory, `LISTENER` a socket on which a process of the host listens, `TESTS` the number
            /// of the process of the tests.
            var proof: String?
            /// What a machine may keep from its containers, so that this one does not start there; `nil` where it starts on every
            /// machine.
            var needs: String?

            var testDescription: String { "\(self.rule): \(self.host)" }

            static let all = [
                Way(
                    rule: "privileged-container",
                    host: #""Privileged":true"#,
                    proof: "test -w /proc/sys/kernel/domainname && echo marked",
                    needs: "all capabilities"
                ),
                Way(rule: "sensitive-host-mount", host: #""Binds":["/:/h:ro"]"#, proof: "cat /h/FOLDER/marker"),
                Way(rule: "sensitive-host-mount", host: #""Binds":["/var:/h:ro"]"#),
                Way(rule: "sensitive-host-mount", host: #""Binds":["LINK:/h:ro"]"#, proof: "cat /h/FOLDER/marker"),
                Way(rule: "extra-host-mount", host: #""Binds":["/usr:/h"]"#),
                Way(
                    rule: "host-device",
                    host: #""Devices":[{"PathOnHost":"/dev","PathInContainer":"/dev/h","CgroupPermissions":"r"}]"#
                ),
                Way(rule: "device-cgroup-wildcard", host: #""DeviceCgroupRules":["b *:* r"]"#),
                Way(
                    rule: "host-pid-namespace",
                    host: #""PidMode":"host","CapAdd":["SYS_PTRACE"]"#,
                    proof: "kill -0 TESTS && echo marked",
                    needs: "its namespace of processes"
                ),
                Way(
                    rule: "host-network",
                    host: #""NetworkMode":"host""#,
                    proof: "grep -q LISTENER /proc/net/unix && echo marked",
                    needs: "its network namespace"
                ),
                Way(
                    rule: "host-ipc-namespace",
                    host: #""IpcMode":"host""#,
                    proof: "cat SHM",
                    needs: "its shared memory"
                ),
                Way(
                    rule: "dangerous-capability",
                    host: #""CapAdd":["SYS_ADMIN"]"#,
                    proof: "mkdir /m && mount -t tmpfs m /m && echo marked",
                    needs: "SYS_ADMIN"
                ),
                Way(
                    rule: "seccomp-unconfined",
                    host: #""SecurityOpt":["seccomp={\"defaultAction\":\"SCMP_ACT_ALLOW\"}"]"#
                ),
                Way(
                    rule: "unmasked-system-paths",
                    host: #""ReadonlyPaths":[]"#,
                    proof: "test -w /proc/sys/kernel/domainname && echo marked",
                    needs: "a writable /proc"
                ),
                Way(
                    rule: "volume-on-host-path",
                    host: Self.volume(#"{"type":"none","o":"bind","device":"/"}"#),
                    proof: "cat /h/FOLDER/marker"
                ),
                Way(
                    rule: "volume-on-host-path",
                    host: Self.volume(#"{"type":"none","o":"ro,bind,rw","device":"LINK"}"#),
                    proof: "cat /h/FOLDER/marker"
                ),
                Way(
                    rule: "volume-on-host-path",
                    host: Self.volume(#"{"type":"proc","device":"proc"}"#),
                    proof: "test -w /h/sys/kernel/domainname && echo marked",
                    needs: "mounts of proc"
                ),
                Way(rule: "volume-on-host-path", host: Self.volume(#"{"type":"sysfs","device":"sysfs"}"#)),
                // Of two layers neither may be in the other.
                Way(
                    rule: "volume-on-host-path",
                    host: Self.volume(#"{"type":"overlay","device":"overlay","o":"lowerdir=/dev/shm:/"}"#),
                    proof: "file=SHM; cat /h/${file##*/}",
                    needs: "mounts of overlay"
                ),
            ]

            private static func volume(_ options: String) -> String {
                #""Mounts":[{"Type":"volume","Source":"","Target":"/h","VolumeOptions":{"DriverConfig":{"Name":"local","#
                    + #""Options":\#(options)}}}]"#
            }
        }

        private static let json = "Content-Type: application/json"
        /// How a kernel or a runtime refuses what it has been told correctly.
        private static let refusals = [
            "operation not permitted", "permission denied", "not supported", "no such device",
        ]

        /// Whether the container starts. Where it does not, the machine must be known to keep something from it and the engine
        /// must say so: a mistake in the settings would be a proof that never runs.
        private static func starts(_ id: String, _ way: Way, _ bench: Workbench) async throws -> Bool {
            let start = try await bench.direct("start", id)
            if start.status == 0 { return true }
            let needs = try #require(way.needs, "\(start.errors)")
            let words = start.errors.lowercased()
            #expect(Self.refusals.contains { words.contains($0) }, "\(start.errors)")
            print("not shown on this machine, which does not give a container \(needs): \(way.host): \(start.errors)")
            return false
        }

        @Test(arguments: Way.all)
        func theEngineTakesItAndTheAgentDoesNot(_ way: Way) async throws {
            try await Workbench.use { bench in
                let marker = try bench.write(Data("marked\n".utf8), to: "marker")
                let link = bench.file("link")
                try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "/")
                let folder = String(marker.dropLast("/marker".count))
                let listener = try await bench.startStandard(["ADMISSION": "deny"]).socket
                let memory = "/dev/shm/\(Workbench.unusedName)"
                bench.atEnd { try? FileManager.default.removeItem(atPath: memory) }
                try Data("marked\n".utf8).write(to: URL(filePath: memory))
                let fill = { (text: String) in
                    text.replacing("/h/FOLDER", with: "/h\(folder)")
                        .replacing("TESTS", with: "\(ProcessInfo.processInfo.processIdentifier)").replacing(
                            "FOLDER",
                            with: folder
                        ).replacing("LINK", with: link)
                        .replacing("SHM", with: memory).replacing("LISTENER", with: listener)
                }
                let network = way.host.contains("NetworkMode") ? "" : #""NetworkMode":"none","#
                let host = network + fill(way.host)
                let body = #"{"Image":"\#(Engine.image)","Cmd":["tail","-f","/dev/null"],"HostConfig":{\#(host)}}"#
                let engine = Curl(bench: bench, socket: Engine.shared.socket)
                let taken = try await engine("/containers/create", "--header", Self.json, "--data", body)
                try #require(taken.status == 201, "\(taken.body)")
                let id = taken.body.split(separator: "\"").dropFirst(3).first.map(String.init) ?? ""
                bench.atEnd { _ = try? await bench.direct("rm", "--force", "--volumes", id) }
                if let proof = way.proof, try await Self.starts(id, way, bench) {
                    let outcome = try await bench.direct("exec", id, "sh", "-c", fill(proof))
                    #expect(outcome.output == "marked\n", "\(outcome.errors)")
                }
                let tunnel = try await bench.openTunnel(settings: ["ADMISSION": "deny"])
                for socket in [listener, tunnel.docker.socket] {
                    let agent = Curl(bench: bench, socket: socket)
                    let refused = try await agent("/containers/create", "--header", Self.json, "--data", body)
                    #expect(refused.status == 403, "\(refused.body)")
                    #expect(refused.body.contains(#""rule":"\#(way.rule)""#), "\(refused.body)")
                }
            }
        }

        /// What a body only refers to is what the engine says that it is.
        @Test func whatIsThereAlreadyIsLookedAt() async throws {
            try await Workbench.use { bench in
                let name = Workbench.unusedName
                bench.atEnd {
                    _ = try? await bench.direct("rm", "--force", name)
                    _ = try? await bench.direct("volume", "rm", "--force", name)
                }
                let options = ["--opt", "type=none", "--opt", "o=bind", "--opt", "device=/etc"]
                let direct = Docker(Engine.shared.socket, on: bench)
                try #require(try await direct.run(["volume", "create"] + options + [name]).status == 0)
                let socket = "\(Engine.shared.socket):/s"
                let run = ["run", "--detach", "--name", name, "--pid", "host", "--volume", socket, Engine.image]
                try #require(try await direct.run(run + ["tail", "-f", "/dev/null"]).status == 0)
                let agent = Curl(bench: bench, socket: try await bench.startStandard(["ADMISSION": "deny"]).socket)
                let image = #""Image":"\#(Engine.image)""#
                for (host, rule) in [
                    (#""Binds":["\#(name):/x:ro"]"#, "volume-on-host-path"),
                    (#""VolumesFrom":["\#(name)"]"#, "docker-socket-mount"),
                    (#""PidMode":"container:\#(name)""#, "host-pid-namespace"),
                ] {
                    let body = #"{\#(image),"HostConfig":{\#(host)}}"#
                    let refused = try await agent("/containers/create", "--header", Self.json, "--data", body)
                    #expect(refused.status == 403)
                    #expect(refused.body.contains(#""rule":"\#(rule)""#), "\(refused.body)")
                }
                let harmless = #"{\#(image),"HostConfig":{"Binds":["\#(name)-new:/x","/srv:/y"]}}"#
                let taken = try await agent("/containers/create", "--header", Self.json, "--data", harmless)
                #expect(taken.status == 201, "\(taken.body)")
                let id = taken.body.split(separator: "\"").dropFirst(3).first.map(String.init) ?? ""
                #expect(try await bench.direct("rm", "--volumes", id).status == 0)
                _ = try await bench.direct("volume", "rm", "\(name)-new")
            }
        }

        /// Requests beside the creation that give a container more.
        @Test func updatesProcessesAndVolumesAreJudgedToo() async throws {
            try await Workbench.use { bench in
                let name = try await bench.sleeper()
                let listener = Docker(try await bench.startStandard(["ADMISSION": "deny"]).socket, on: bench)
                let tunnel = try await bench.openTunnel(settings: ["ADMISSION": "deny"])
                for docker in [listener, tunnel.docker] {
                    let curl = Curl(bench: bench, socket: docker.socket)
                    // Spelled so that the controller forwards it, which makes an exec session of the plain path.
                    let settings = #"{"Cmd":["true"],"Privileged":true}"#
                    let exec = try await curl("/containers/\(name)/%65xec", "--header", Self.json, "--data", settings)
                    #expect(exec.status == 403 && exec.body.contains("privileged-exec"), "\(exec.body)")
                    #expect(try await docker.run(["exec", name, "true"]).status == 0)
                    let volume = try await docker.run([
                        "volume", "create", "--opt", "type=proc", "--opt", "device=proc", name,
                    ])
                    #expect(volume.status != 0 && volume.errors.contains("volume-on-host-path"))
                    #expect(try await docker.run(["update", "--cpu-shares", "512", name]).status == 0)
                    let rules = #"{"DeviceCgroupRules":["b *:* rwm"]}"#
                    let update = try await curl("/containers/\(name)/update", "--header", Self.json, "--data", rules)
                    #expect(update.status == 403 && update.body.contains("device-cgroup-wildcard"))
                }
            }
        }

        /// What is accepted for one container is so by its name and its image at the engine, whatever the request says.
        @Test func whatIsAcceptedForOneContainerIsNotForAnother() async throws {
            try await Workbench.use { bench in
                let names = [try await bench.sleeper(), try await bench.sleeper()]
                let id = try await bench.direct("inspect", "--format", "{{.Id}}", names[0]).output.prefix(64)
                let accepted = { (image: String) in
                    #"[{"rule":"privileged-exec","container":"\#(names[0])","image":"\#(image)","reason":"r"}]"#
                }
                let body = #"{"Image":"other:1","Privileged":true,"Cmd":["true"]}"#
                for (image, status) in [(Engine.image, 201), ("other:1", 403)] {
                    let file = try bench.write(Data(accepted(image).utf8), to: "accepted-\(status).json")
                    let settings = ["ADMISSION": "deny", "ADMISSION_ACCEPTED": file]
                    let agent = Curl(bench: bench, socket: try await bench.startStandard(settings).socket)
                    for name in [names[0], String(id)] {
                        let answer = try await agent("/containers/\(name)/exec", "--header", Self.json, "--data", body)
                        #expect(answer.status == status, "\(answer.body)")
                    }
                    let other = try await agent("/containers/\(names[1])/exec", "--header", Self.json, "--data", body)
                    #expect(other.status == 403, "\(other.body)")
                }
            }
        }
    }
}
