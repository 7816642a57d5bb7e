import Foundation

/// The built agent under attack, in a folder of its own.
final class Agent: @unchecked Sendable {
    static let token = "a-token-that-only-the-honest-know"

    let folder: String
    let port: Int
    let problems = Problems()
    private let process = Process()

    /// A folder directly under /tmp: the path of a Unix socket has room for 107 bytes.
    static func folder() throws -> String {
        var template = Array("/tmp/lookout-hostile.XXXXXX".utf8CString)
        guard let path = mkdtemp(&template) else { throw Failure("no folder") }
        return String(cString: path)
    }

    /// - Parameters:
    ///   - folder: from `folder()`; the engine's socket is in it.
    ///   - settings: beside the port and the engine.
    ///   - shell: words in front of the agent's, as in `ulimit -n 256;`.
    ///   - output: where the log goes; a file by default.
    init(in folder: String, _ settings: [String: String], shell: String = "", output: FileHandle? = nil) throws {
        self.folder = folder
        self.port = try Self.freePort()
        self.process.executableURL = URL(filePath: "/bin/sh")
        self.process.arguments = ["-c", "\(shell) exec \"$0\"", try Self.program()]
        self.process.environment = [
            "PATH": "/usr/bin:/bin", "DOCKER_SOCKET": "\(folder)/engine", "PORT": "\(self.port)",
            "BIND_ADDRESS": "127.0.0.1", "LOG_FORMAT": "json", "STACKS_DIR": "\(folder)/stacks",
        ].merging(settings) { $1 }
        self.process.standardInput = FileHandle.nullDevice
        _ = FileManager.default.createFile(atPath: "\(folder)/log", contents: nil)
        let log = try FileHandle(forWritingTo: URL(filePath: "\(folder)/log"))
        self.process.standardOutput = output ?? log
        self.process.standardError = log
        try self.process.run()
        try self.waitUntilReady()
    }

    /// `HOSTILE_PROGRAM` names another build; the one beside the tests otherwise.
    private static func program() throws -> String {
        if let path = ProcessInfo.processInfo.environment["HOSTILE_PROGRAM"] { return path }
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return URL(filePath: tests).deletingLastPathComponent().appending(path: "lookout").path
    }

    private static func freePort() throws -> Int {
        let door = try Door { _ in }
        defer { door.close() }
        return door.port
    }

    private func waitUntilReady() throws {
        for _ in 0..<600 {
            if self.isHealthy { return }
            guard self.process.isRunning else { break }
            pause(.milliseconds(50))
        }
        throw Failure("the agent does not come up:\n\(self.log.suffix(2000))")
    }

    var isRunning: Bool { self.process.isRunning }
    var identifier: Int32 { self.process.processIdentifier }
    var log: String { (try? String(contentsOfFile: "\(self.folder)/log", encoding: .utf8)) ?? "" }

    /// Bytes in memory that are its own.
    var memory: Int { self.status("RssAnon:") * 1024 }

    /// Seconds of processor time so far.
    var processorTime: Double {
        let text = (try? String(contentsOfFile: "/proc/\(self.identifier)/stat", encoding: .utf8)) ?? ""
        let fields = text.drop { $0 != ")" }.split(separator: " ")
        guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]) else { return 0 }
        return (user + system) / Double(sysconf(CInt(_SC_CLK_TCK)))
    }

    private func status(_ name: String) -> Int {
        let text = (try? String(contentsOfFile: "/proc/\(self.identifier)/status", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix(name) }
        return line.flatMap { Int($0.split(whereSeparator: \.isWhitespace)[1]) } ?? 0
    }

    // MARK: An honest client

    var isHealthy: Bool { self.ask("GET", "/health", within: .seconds(10))?.hasPrefix("HTTP/1.1 200 ") ?? false }

    /// On a connection of its own.
    func ask(
        _ method: String,
        _ path: String,
        _ body: String? = nil,
        from source: String = "127.0.0.1",
        within limit: Duration = .seconds(10)
    ) -> String? {
        guard let wire = Wire.tcp(self.port, from: source, within: limit) else { return nil }
        let length = body.map { "Content-Type: application/json\r\nContent-Length: \($0.utf8.count)\r\n" } ?? ""
        let head =
            "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \(Self.token)\r\n\(length)Connection: close\r\n\r\n"
        guard wire.send(head + (body ?? ""), within: limit) else { return nil }
        let deadline = ContinuousClock.now + limit
        var answer: [UInt8] = []
        while .now < deadline {
            guard let bytes = wire.receive(within: .milliseconds(200)) else {
                return answer.isEmpty ? nil : String(decoding: answer, as: UTF8.self)
            }
            answer += bytes
        }
        return nil
    }

    /// - Parameter number: chooses one of some addresses, as strangers have them.
    func attacker(_ number: Int = 0, receiveBuffer: CInt? = nil) -> Wire? {
        Wire.tcp(self.port, from: "127.0.0.\(2 + number % 8)", receiveBuffer: receiveBuffer)
    }

    func attackers(_ count: Int, receiveBuffer: CInt? = nil) -> [Wire] {
        (0..<count).compactMap { self.attacker($0, receiveBuffer: receiveBuffer) }
    }

    func stop() {
        // How it stops is not what is tested here.
        if self.process.isRunning { kill(self.identifier, SIGKILL) }
        while self.process.isRunning { pause(.milliseconds(5)) }
        try? FileManager.default.removeItem(atPath: self.folder)
    }
}
