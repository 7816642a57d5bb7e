import Foundation

/// The agent under test, as it is shipped.
final class AgentProcess {
    private let process = Process()

    /// - Parameters:
    ///   - folder: takes its key, its state and its sockets.
    init(_ executable: String, folder: String, port: Int, engine: String) throws {
        let key = "\(folder)/agent.pem"
        try Self.run(executable, ["keygen", "-out", key, "-comment", "bench"])
        self.process.executableURL = URL(filePath: executable)
        self.process.environment = [
            "DRYDOCK_URL": "ws://127.0.0.1:\(port)", "PRIVATE_KEY_FILE": key, "DOCKER_SOCKET": engine,
            "AGENT_NAME": "bench", "LOG_LEVEL": "error", "BIND_ADDRESS": "unix:\(folder)/operations.sock",
        ]
        try self.process.run()
    }

    private static func run(_ executable: String, _ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(filePath: executable)
        process.arguments = arguments
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { fail("\(executable) \(arguments.joined(separator: " ")) failed") }
    }

    func stop() {
        self.process.terminate()
        self.process.waitUntilExit()
    }

    private var folder: String { "/proc/\(self.process.processIdentifier)" }

    /// User and system time so far, in seconds; the kernel counts hundredths.
    var cpu: Double {
        guard let stat = try? String(contentsOfFile: "\(self.folder)/stat", encoding: .utf8),
            let end = stat.lastIndex(of: ")")
        else { fail("the agent has ended") }
        let fields = stat[end...].split(separator: " ")
        return (Double(fields[12])! + Double(fields[13])!) / Double(sysconf(CInt(_SC_CLK_TCK)))
    }

    /// Private memory in MiB.
    var anonymous: Double { self.status("RssAnon") }
    /// The most that was resident since `resetPeak`, in MiB.
    var peak: Double { self.status("VmHWM") }
    var resident: Double { self.status("VmRSS") }

    func resetPeak() {
        try? "5".write(toFile: "\(self.folder)/clear_refs", atomically: false, encoding: .utf8)
    }

    private func status(_ name: String) -> Double {
        guard let text = try? String(contentsOfFile: "\(self.folder)/status", encoding: .utf8),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("\(name):") }),
            let kibibytes = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap({
                Double($0)
            })
        else { fail("/proc tells nothing of \(name)") }
        return kibibytes / 1024
    }
}
