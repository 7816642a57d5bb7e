import Foundation
import Testing

extension Hostile {
    /// With the memory that the units and examples give it, and none beyond.
    @Suite(.enabled(if: MemoryGroup.isPossible, "needs root and a cgroup that may be written")) struct LimitedTests {
        /// What `examples/` and the packages set.
        private static let limit = 256 << 20

        @Test func survivesInTheMemoryOfTheUnits() async throws {
            let problems = try await onThread {
                let folder = try Agent.folder()
                let engine = try HostileEngine(at: "\(folder)/engine") { request in
                    guard request.asks("GET", "/images/json") else { return false }
                    request.pour(
                        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                        Chunk.of(64 << 10),
                        for: .seconds(5)
                    )
                    return true
                }
                defer { engine.stop() }
                let group = try MemoryGroup(limit: Self.limit)
                let agent = try Agent(in: folder, ["TOKEN": Agent.token], shell: "echo $$ > \(group.processes);")
                defer {
                    agent.stop()
                    group.remove()
                }
                for (name, request) in Self.requests {
                    let wires = agent.attackers(64)
                    let piece = Array(request.utf8)
                    flood(wires, with: piece, until: .now + .seconds(2))
                    if !agent.isRunning { agent.problems.add("\(name) ended it") }
                    for wire in wires { wire.close() }
                    if !agent.isHealthy { agent.problems.add("no answer after \(name)") }
                }
                print("hostile: with 256 MiB: peak \(group.peak >> 20) MiB")
                return agent.problems.texts
            }
            #expect(problems == [])
        }

        private static let requests = [
            ("CONNECT", String(repeating: "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", count: 1000)),
            ("401", String(repeating: "GET /version HTTP/1.1\r\nHost: a\r\n\r\n", count: 1000)),
            ("heads", "GET / HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "x", count: 1_000_000)),
            ("answers", "GET /images/json HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(Agent.token)\r\n\r\n"),
        ]
    }
}

/// A cgroup of either version with a bound on memory.
struct MemoryGroup {
    private let folder: String

    /// The folder under which groups that bound memory are made, and the name of the bound.
    private static let place: (folder: String, limit: String, peak: String)? = {
        let files = FileManager.default
        let unified = (try? String(contentsOfFile: "/sys/fs/cgroup/cgroup.subtree_control", encoding: .utf8)) ?? ""
        if unified.contains("memory"), files.isWritableFile(atPath: "/sys/fs/cgroup/cgroup.procs") {
            return ("/sys/fs/cgroup", "memory.max", "memory.peak")
        }
        if files.isWritableFile(atPath: "/sys/fs/cgroup/memory/cgroup.procs") {
            return ("/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.max_usage_in_bytes")
        }
        return nil
    }()

    static let isPossible = getuid() == 0 && place != nil

    init(limit: Int) throws {
        guard let place = Self.place else { throw Failure("no cgroup") }
        self.folder = "\(place.folder)/lookout-hostile-\(getpid())"
        try FileManager.default.createDirectory(atPath: self.folder, withIntermediateDirectories: true)
        try "\(limit)".write(toFile: "\(self.folder)/\(place.limit)", atomically: false, encoding: .utf8)
    }

    var processes: String { "\(self.folder)/cgroup.procs" }

    /// The most bytes at any time, files that are cached included.
    var peak: Int {
        let text = try? String(contentsOfFile: "\(self.folder)/\(Self.place?.peak ?? "")", encoding: .utf8)
        return text.flatMap { Int($0.filter(\.isNumber)) } ?? 0
    }

    func remove() { rmdir(self.folder) }
}
