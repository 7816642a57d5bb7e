import Foundation
import Glibc
import Support
import Testing

@testable import DockerBridge

@Suite struct HostProcessesTests {
    @Test func aProcessIsVisibleByWhatItsControlGroupNames() throws {
        let groups = try String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8)
        let part = try #require(groups.split(separator: "\n").first)
        #expect(HostProcesses.real.isVisible(getpid(), String(part)))
        #expect(!HostProcesses.real.isVisible(getpid(), "c0ffeec0ffeec0ffee"))
        #expect(!HostProcesses.real.isVisible(getpid(), ""), "every text holds the empty one")
    }

    @Test func aProcessThatIsGoneIsNotVisibleAndItsSignalNoFailure() async throws {
        let text = try await runProgram("sh", ["-c", "echo $$"]).text
        let id = try #require(Int32(text.dropLast()))
        #expect(!HostProcesses.real.isVisible(id, "/"))
        #expect(HostProcesses.real.signal(id, SIGHUP))
    }

    @Test func aSignalReachesTheWholeGroupThatAProcessLeads() async throws {
        try await onThread {
            let output = Pipe()
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/setsid")
            // The child keeps the pipe open: its end is the end of both.
            process.arguments = ["sh", "-c", "sleep 600 & echo $$; wait"]
            process.standardOutput = output
            try process.run()
            let text = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
            let id = try #require(Int32(text.split(separator: "\n").first ?? ""))
            #expect(HostProcesses.real.signal(id, SIGKILL))
            #expect(output.fileHandleForReading.readDataToEndOfFile().isEmpty)
            process.waitUntilExit()
        }
    }
}
